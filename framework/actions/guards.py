"""The guards that no statement carries: of a verb or job about a record, and of a record that is being made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from framework.actions.alike import alike
from framework.actions.changeset import Changeset, Outcome
from framework.actions.records import rows_of
from framework.actions.refusals import together
from framework.actions.session import Session
from framework.actions.step import Change
from framework.actions.unmatched import why_unmatched
from framework.data.protocols import Transaction
from framework.data.selection import Lock, Selection
from framework.errors import Conflict
from framework.expr.nodes import Among, Node, Ref, every
from framework.spec.action import ActionKind
from framework.spec.resource import ResourceSpec


async def held_to_guards(changesets: Sequence[Changeset], session: Session) -> list[Changeset]:
    """The changesets, refused where their record is not as their guard asks; the records are locked."""
    guarded = [changeset for changeset in changesets if changeset.where is not None]
    if not guarded:
        return list(changesets)
    rows = await rows_of(guarded, session.writer, Lock.UPDATE)
    lost = await _lost([(c.id, c.where) for c in changesets], changesets[0].resource, session.writer)
    return [c.failing(why_unmatched(c, rows.get(c.id))) if place in lost else c for place, c in enumerate(changesets)]


async def hold_created(outcomes: Sequence[Outcome], tx: Transaction) -> None:
    """Returns if every record made is as its guard asks; raises Conflict for those that are not."""
    changeset = outcomes[0].changeset
    resource = changeset.resource
    lost = await _lost([(o.record[resource.key.name], o.changeset.where) for o in outcomes], resource, tx)
    if lost:
        says = f"`{resource.name}.{changeset.action.name}` does not apply to such a record"
        raise together({place: [Conflict(says)] for place in sorted(lost)}, len(outcomes))


def refuse_idle_guards(step: Change, changesets: Sequence[Changeset]) -> None:
    """Raises TypeError if the step has guarded a call that is about no record: nothing would be held to it."""
    action = changesets[0].action
    if action.needs_record or action.kind is ActionKind.CREATE:
        return
    if any(changeset.where is not None for changeset in changesets):
        name, says = f"{action.resource}.{action.name}", step.says()
        raise TypeError(
            f"the step `{says}` guards a record, and `{name}` is about none: refuse the call with `failing` instead"
        )


async def _lost(asked: Sequence[tuple[Any, Node | None]], resource: ResourceSpec, tx: Transaction) -> set[int]:
    """The places of the keys whose record does not satisfy what is asked of it."""
    key = resource.key.name
    guarded = [(place, of, where) for place, (of, where) in enumerate(asked) if where is not None]
    lost: set[int] = set()
    for group in alike(guarded, lambda each: each[2]):
        keys = tuple(dict.fromkeys(of for _, of, _ in group))
        found = await tx.read(Selection(resource, (key,), every(Among(Ref(key), keys), group[0][2])))
        satisfied = {row[key] for row in found}
        lost.update(place for place, of, _ in group if of not in satisfied)
    return lost
