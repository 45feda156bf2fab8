"""The one way through the engine, for every kind of action and any number of calls.

cast → authorize → defaults and steps → [before → validate → expectations → carry out → after → notify]

What stands in brackets is one transaction for a write. A verb may ask the outside world, so it stands outside of any:
one short transaction before it, one after it, and neither where nothing has anything to do in it. Each transaction that
gave way to another is done again by itself; a verb never is.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from framework.actions.authorize import admitted
from framework.actions.beside import beside
from framework.actions.cascade import affects_others
from framework.actions.changeset import Changeset, Outcome
from framework.actions.expectations import held_to_preconditions
from framework.actions.guards import held_to_guards, refuse_idle_guards
from framework.actions.load import hides
from framework.actions.notifier import Notifier
from framework.actions.permission.links import held_to_links
from framework.actions.permission.permits import held_to_permits
from framework.actions.permission.tenants import held_to_tenant
from framework.actions.prepare import completed, prepared, steps_of
from framework.actions.query import Query
from framework.actions.records import lock_of, with_records
from framework.actions.refusals import Refuse, refuse_wrong, together
from framework.actions.request import Request
from framework.actions.session import Session
from framework.actions.step import Change
from framework.data.selection import Lock
from framework.errors import Failure
from framework.expr.nodes import TRUE
from framework.spec.action import ActionKind, ActionSpec

Result = Outcome | Failure
CarryOut = Callable[[Sequence[Changeset], Session], Awaitable[Sequence[Result]]]
STATEMENTS = {
    ActionKind.CREATE: "one INSERT for every two hundred records",
    ActionKind.UPDATE: "one UPDATE for all records with the same attributes, guard and expressions",
    ActionKind.DESTROY: "one DELETE for all records with the same guard",
}
Stage = Callable[[Sequence[Changeset]], Awaitable[Sequence[Changeset]]]


async def carried_out(
    session: Session,
    action: ActionSpec,
    requests: Sequence[Request],
    *,
    by: CarryOut,
    notifier: Notifier,
    refuse: Refuse = refuse_wrong,
) -> Sequence[Result]:
    """What became of each request, carried out `by` the store or a verb.

    `refuse` raises for what was refused before, or else lets it end by itself, beside the others. Nothing is asked of
    the data layer before the input is known to be sound.
    """
    changesets = await admitted(session, action, requests, refuse)
    session = session.entered()
    if not _locks_first(action):
        changesets = await _decided(changesets, session, refuse)

    async def begin(inner: Session) -> list[Changeset]:
        return await _begun(changesets, inner, refuse)

    async def write(inner: Session) -> Sequence[Result]:
        results = await _each(await begin(inner), lambda sound: by(sound, inner))
        await _finished(results, inner, notifier)
        return results

    if action.writes:
        return await session.with_transaction(write)
    begun = await (session.with_transaction(begin) if _begins(changesets) else begin(session))
    results = await _each(begun, lambda sound: by(sound, session))
    await _finished(results, session, notifier)
    return results


def plan(action: ActionSpec) -> str:
    """How a write will reach the store, and why."""
    statement = STATEMENTS[action.kind]
    locking = [step.says().removesuffix(".") for step in _reading(action)]
    if locking:
        return f"locks the records first, because a step reads them: {'; '.join(locking)}; then {statement}"
    if _locks_first(action):
        return f"locks the records first, because its event says what they were; then {statement}"
    return statement


async def _decided(changesets: Sequence[Changeset], session: Session, refuse: Refuse) -> list[Changeset]:
    """Defaults and steps that need no record under lock; a verb gets its record as it is."""
    action, decided = changesets[0].action, list(changesets)
    if action.needs_record and not action.writes:
        async with session.whole().reader_for(Query()) as reader:
            decided = await _sound(decided, lambda sound: with_records(sound, reader, Lock.NONE))
            decided = await _sound(decided, lambda found: held_to_permits(found, reader))
        refuse(decided)
    decided = await _sound(decided, lambda sound: _prepared(sound, session))
    refuse(decided)
    return decided


def _begins(changesets: Sequence[Changeset]) -> bool:
    """Whether a verb is begun by anything that has to be in a transaction."""
    action = changesets[0].action
    if _locks_first(action) or _taking_part(action, Change.before):
        return True
    return any(changeset.where is not None or changeset.precondition is not None for changeset in changesets)


async def _begun(changesets: Sequence[Changeset], session: Session, refuse: Refuse) -> list[Changeset]:
    """Everything up to the carrying out; what is refused here undoes what steps have done before."""
    action, begun = changesets[0].action, list(changesets)

    async def read_and_prepare(sound: Sequence[Changeset]) -> Sequence[Changeset]:
        there = await with_records(sound, session.whole().writer, lock_of(action))
        refuse(there)
        there = await _sound(there, look_first)
        refuse(there)
        return await _sound(there, lambda found: _prepared(found, session))

    async def look_first(sound: Sequence[Changeset]) -> Sequence[Changeset]:
        return await held_to_permits(sound, session.whole().writer)

    async def stay_within(sound: Sequence[Changeset]) -> Sequence[Changeset]:
        return await held_to_links(held_to_tenant(sound, session), session)

    async def ask_steps(sound: Sequence[Changeset]) -> Sequence[Changeset]:
        for step in _taking_part(action, Change.before):
            sound = await step.before(sound, session)
            refuse_idle_guards(step, sound)
        return sound

    async def complete(sound: Sequence[Changeset]) -> Sequence[Changeset]:
        return await beside(sound, lambda: completed(sound, session.context))

    async def hold(sound: Sequence[Changeset]) -> Sequence[Changeset]:
        return sound if action.writes else await held_to_guards(sound, session)

    async def compare(sound: Sequence[Changeset]) -> Sequence[Changeset]:
        return await held_to_preconditions(sound, session)

    # A step that refuses has not filled in what it would have: that is not lacking, too.
    stages: list[Stage] = [ask_steps, complete, stay_within, hold, compare]
    looks: list[Stage] = [look_first] if _looks_first(begun, session) else []
    for stage in [*([read_and_prepare] if _locks_first(action) else looks), *stages]:
        begun = await _sound(begun, stage)
        refuse(begun)
    return begun


async def _prepared(changesets: Sequence[Changeset], session: Session) -> list[Changeset]:
    return await beside(changesets, lambda: prepared(changesets, session.context))


async def _finished(results: Sequence[Result], session: Session, notifier: Notifier) -> None:
    """More work by the steps about what was done, and a note of it for the readers of events."""
    outcomes = [result for result in results if isinstance(result, Outcome)]
    if not outcomes:
        return
    action = outcomes[0].changeset.action
    told = [each for outcome in outcomes for each in (outcome, *outcome.cascaded) if _worth_telling(each)]
    steps = _taking_part(action, Change.after)
    if not steps and not told:
        return

    async def finish(inner: Session) -> None:
        for step in steps:
            await step.after(outcomes, inner)
        if told:
            await notifier.notify(told, inner)

    await session.with_transaction(finish)


async def _sound(changesets: Sequence[Changeset], stage: Stage) -> list[Changeset]:
    """The changesets after a stage; those refused already take no part in it."""
    sound = [changeset for changeset in changesets if not changeset.refusals]
    after = iter(await stage(sound) if sound else ())
    return [changeset if changeset.refusals else next(after) for changeset in changesets]


async def _each(
    changesets: Sequence[Changeset], by: Callable[[list[Changeset]], Awaitable[Sequence[Result]]]
) -> list[Result]:
    """What became of each changeset: its refusal, or what it is carried out to."""
    sound = [changeset for changeset in changesets if not changeset.refusals]
    results = iter(await by(sound) if sound else ())
    return [together({0: c.refusals}, 1) if c.refusals else next(results) for c in changesets]


def _worth_telling(outcome: Outcome) -> bool:
    """An update that was given nothing has changed nothing, unless its steps did."""
    action = outcome.changeset.action
    if action.quiet or not action.writes:
        return False
    return action.kind is not ActionKind.UPDATE or bool(outcome.changeset.values or action.steps)


def _looks_first(changesets: Sequence[Changeset], session: Session) -> bool:
    """Whether the records of a write are looked at before anything is said or done about them: steps are an author's
    code, what is compared with what a caller expects is told, and what goes with a record is found and held."""
    action = changesets[0].action
    held = any(changeset.permit not in (None, TRUE) for changeset in changesets)
    if not action.needs_record or not (held or hides(session, changesets[0].resource)):
        return False
    if action.steps or any(changeset.precondition is not None for changeset in changesets):
        return True
    return action.kind is ActionKind.DESTROY and affects_others(changesets[0].resource, session.domain)


def _locks_first(action: ActionSpec) -> bool:
    """Whether the records are read before they are changed: for a step, or for what is told of the change."""
    return bool(_reading(action)) or (action.audited and action.kind is ActionKind.UPDATE)


def _reading(action: ActionSpec) -> list[Change]:
    """The steps that read the records as they are; what is being created has not been yet."""
    return [step for step in steps_of(action) if step.needs_record] if action.needs_record else []


def _taking_part(action: ActionSpec, stage: Callable[..., Any]) -> list[Change]:
    """The steps that do something of their own at this stage."""
    return [step for step in steps_of(action) if getattr(type(step), stage.__name__) is not stage]
