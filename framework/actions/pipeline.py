"""The one way through the engine, for every kind of action and any number of calls.

cast → authorize → defaults and steps → [before → validate → carry out → after → notify]

What stands in brackets is one transaction for a write. A verb may ask the outside world, so it stands outside of any:
one short transaction before it, one after it, and neither where no step has anything to do in it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext
from typing import Any

from framework.actions.authorize import admitted
from framework.actions.changeset import Changeset, Outcome
from framework.actions.notifier import Notifier
from framework.actions.prepare import completed, prepared, steps_of
from framework.actions.query import Query
from framework.actions.records import with_records
from framework.actions.refusals import refuse_wrong
from framework.actions.request import Request
from framework.actions.session import Session
from framework.actions.step import Change
from framework.data.selection import Lock
from framework.errors import Failure
from framework.spec.action import ActionKind, ActionSpec

Result = Outcome | Failure
CarryOut = Callable[[Sequence[Changeset], Session], Awaitable[Sequence[Result]]]


async def carried_out(
    session: Session, action: ActionSpec, requests: Sequence[Request], *, by: CarryOut, notifier: Notifier
) -> Sequence[Result]:
    """What became of each request, carried out `by` the store or a verb; raises the failure of those refused before.

    Nothing is asked of the data layer before the input is known to be sound.
    """
    changesets = await admitted(session, action, requests)
    if not _reading(action):
        if action.needs_record and not action.writes:
            async with session.looking(Query()) as reader:
                changesets = await with_records(changesets, reader, Lock.NONE)
        changesets = prepared(changesets, session.context)
        refuse_wrong(changesets)
    async with session.transaction() if action.writes else nullcontext(session) as within:
        changesets = await _begun(changesets, within)
        results = await by(changesets, within)
        await _finished([result for result in results if isinstance(result, Outcome)], within, notifier)
    return results


def plan(action: ActionSpec) -> str:
    """How a write will reach the store, and why."""
    locking = [step.says() for step in _reading(action)]
    if locking:
        return f"locks the records first, because a step reads them: {'; '.join(locking)}"
    return "one statement for all records that change alike"


async def _begun(changesets: list[Changeset], session: Session) -> list[Changeset]:
    """Everything up to the carrying out; raises the failure of what was refused."""
    action = changesets[0].action
    asking = _taking_part(action, Change.before)
    if _reading(action) or asking:
        async with session.transaction() as inner:
            if _reading(action):
                changesets = prepared(await with_records(changesets, inner.writer, Lock.UPDATE), session.context)
                refuse_wrong(changesets)
            for step in asking:
                changesets = list(await step.before(changesets, inner))
    # A step that refuses has not filled in what it would have: that is not lacking, too.
    refuse_wrong(changesets)
    changesets = completed(changesets, session.context)
    refuse_wrong(changesets)
    return changesets


async def _finished(outcomes: Sequence[Outcome], session: Session, notifier: Notifier) -> None:
    """More work by the steps about what was done, and a note of it for the readers of events."""
    if not outcomes:
        return
    action = outcomes[0].changeset.action
    told = [each for outcome in outcomes for each in (outcome, *outcome.cascaded) if _worth_telling(each)]
    steps = _taking_part(action, Change.after)
    if steps or told:
        async with session.transaction() as inner:
            for step in steps:
                await step.after(outcomes, inner)
            if told:
                await notifier.notify(told, inner)


def _worth_telling(outcome: Outcome) -> bool:
    """An update that was given nothing has changed nothing, unless its steps did."""
    action = outcome.changeset.action
    if action.quiet or not action.writes:
        return False
    return action.kind is not ActionKind.UPDATE or bool(outcome.changeset.values or action.steps)


def _reading(action: ActionSpec) -> list[Change]:
    """The steps that read the records as they are; what is being created has not been yet."""
    return [step for step in steps_of(action) if step.needs_record] if action.needs_record else []


def _taking_part(action: ActionSpec, stage: Callable[..., Any]) -> list[Change]:
    """The steps that do something of their own at this stage."""
    return [step for step in steps_of(action) if getattr(type(step), stage.__name__) is not stage]
