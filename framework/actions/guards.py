"""The guards that no statement carries: of a verb or job about a record, and of a record that is being made."""

from __future__ import annotations

from collections.abc import Sequence

from framework.actions.changeset import Changeset, Outcome
from framework.actions.permission.satisfied import unsatisfied
from framework.actions.records import lock_of, rows_of
from framework.actions.refusals import together
from framework.actions.session import Session
from framework.actions.step import Change
from framework.actions.unmatched import why_unmatched
from framework.data.protocols import Transaction
from framework.errors import Conflict, Forbidden
from framework.expr.nodes import TRUE
from framework.spec.action import ActionKind


async def held_to_guards(changesets: Sequence[Changeset], session: Session) -> list[Changeset]:
    """The changesets, refused where their record is not as their guard asks; the records are locked."""
    guarded = [changeset for changeset in changesets if changeset.where is not None]
    if not guarded:
        return list(changesets)
    rows = await rows_of(guarded, session.writer, lock_of(guarded[0].action))
    whole = session.writer.whole()
    lost = await unsatisfied([(c.id, c.where) for c in changesets], changesets[0].resource, whole)
    return [c.failing(why_unmatched(c, rows.get(c.id))) if place in lost else c for place, c in enumerate(changesets)]


async def hold_created(outcomes: Sequence[Outcome], tx: Transaction) -> None:
    """Returns if every record made is as the policies and its guard ask; raises Forbidden, or else Conflict."""
    changeset, whole = outcomes[0].changeset, tx.whole()
    resource, verb = changeset.resource, f"`{changeset.resource.name}.{changeset.action.name}`"
    keys = [o.record[resource.key.name] for o in outcomes]
    permits = [None if o.changeset.permit == TRUE else o.changeset.permit for o in outcomes]
    lost = await unsatisfied(list(zip(keys, permits, strict=True)), resource, whole)
    if lost:
        says = f"{verb} is not allowed"
        raise together({place: [Forbidden(says)] for place in sorted(lost)}, len(outcomes))
    lost = await unsatisfied([(key, o.changeset.where) for key, o in zip(keys, outcomes, strict=True)], resource, whole)
    if lost:
        says = f"{verb} does not apply to such a record"
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
