"""Why records were not written: they are not there, or not as the action asks for."""

from __future__ import annotations

from collections.abc import Sequence

from framework.actions.changeset import Changeset
from framework.actions.permission.permits import held_to_permits
from framework.actions.records import not_found, rows_of
from framework.actions.refusals import together
from framework.data.protocols import Row, Transaction
from framework.data.selection import Lock
from framework.errors import Conflict, Failure


async def unmatched(lost: Sequence[Changeset], asked: Sequence[Changeset], tx: Transaction) -> Failure:
    """The failure of every changeset that was lost: of those whose record is absent or hidden, or else refused."""
    held = await held_to_permits(lost, tx)
    rows = await rows_of(lost, tx, Lock.NONE)
    index = {changeset.id: place for place, changeset in enumerate(asked)}
    told = {index[c.id]: c.refusals or [why_unmatched(c, rows.get(c.id))] for c in held}
    return together(told, len(asked))


def why_unmatched(changeset: Changeset, row: Row | None) -> Failure:
    """Why it was not: absent, in a state that the action does not start from, or not as its guard asks."""
    if row is None:
        return not_found(changeset)
    move = changeset.action.transition
    verb = f"`{changeset.resource.name}.{changeset.action.name}`"
    # A state that is hidden from whoever asks is told by no failure.
    if move is None or row[move.attribute] is None or str(row[move.attribute]) in move.sources:
        return Conflict(f"{verb} does not apply to the record as it is now", path=("id",))
    state = str(row[move.attribute])
    return Conflict(
        f"{verb} is not allowed while {move.attribute} is {state}; it is from {', '.join(move.sources)}",
        code="illegal_transition",
        path=("id",),
        params={"state": state, "allowed_from": list(move.sources)},
    )
