"""Why records were not written: they are not there, or not as the action asks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from framework.actions.changeset import Changeset
from framework.data.protocols import Row, Transaction
from framework.data.selection import Lock, Selection
from framework.errors import Conflict, Failure, NotFound
from framework.expr.nodes import Among, Compare, Comparison, Node, Ref, Value


async def unmatched(lost: Sequence[Changeset], asked: Sequence[Changeset], tx: Transaction) -> Failure:
    """The failure of every changeset that was lost: of those whose record is absent, or else of those refused."""
    rows = await rows_of(lost, tx, Lock.NONE)
    absent = [changeset for changeset in lost if changeset.id not in rows]
    if absent:
        return not_found_of(absent, asked)
    return _under_their_index(
        Conflict, [(changeset, _conflict(changeset, rows[changeset.id])) for changeset in lost], asked
    )


def not_found_of(absent: Sequence[Changeset], asked: Sequence[Changeset]) -> Failure:
    """That these records are not there; of several that were asked for, each under its index."""
    return _under_their_index(NotFound, [(changeset, _not_found(changeset)) for changeset in absent], asked)


async def rows_of(changesets: Sequence[Changeset], tx: Transaction, lock: Lock) -> dict[Any, Row]:
    """The rows that the changesets are about, by key."""
    resource = changesets[0].resource
    selection = Selection(resource, tuple(resource.attributes), about(changesets), lock=lock)
    return {row[resource.key.name]: row for row in await tx.read(selection)}


def about(changesets: Sequence[Changeset]) -> Node:
    """The condition that a record is one that the changesets are about."""
    key = Ref((changesets[0].resource.key.name,))
    if len(changesets) == 1:
        return Compare(Comparison.EQ, key, Value(changesets[0].id))
    return Among(key, tuple(changeset.id for changeset in changesets))


def _under_their_index(
    kind: type[Failure], failures: Sequence[tuple[Changeset, Failure]], asked: Sequence[Changeset]
) -> Failure:
    """One failure of all; of several changesets, each is told under its index."""
    if len(asked) == 1:
        return failures[0][1]
    index = {changeset.id: place for place, changeset in enumerate(asked)}
    return kind.of(issue.under(index[changeset.id]) for changeset, failure in failures for issue in failure.issues)


def _not_found(changeset: Changeset) -> NotFound:
    return NotFound(
        f"there is no {changeset.resource.name} with id {changeset.id}",
        path=("id",),
        params={"id": str(changeset.id)},
    )


def _conflict(changeset: Changeset, row: Row) -> Conflict:
    move = changeset.action.transition
    verb = f"`{changeset.resource.name}.{changeset.action.name}`"
    if move is None or str(row[move.attribute]) in move.sources:
        return Conflict(f"{verb} does not apply to the record as it is now", path=("id",))
    state = str(row[move.attribute])
    return Conflict(
        f"{verb} is not allowed while {move.attribute} is {state}; it is from {', '.join(move.sources)}",
        code="illegal_transition",
        path=("id",),
        params={"state": state, "allowed_from": list(move.sources)},
    )
