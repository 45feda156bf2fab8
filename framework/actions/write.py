"""Creates, updates and destroys: the stages of a write, from raw input to stored records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from framework.actions.announcer import Announcer
from framework.actions.cast import cast
from framework.actions.changeset import Changeset, Outcome
from framework.actions.persist import lock_records, persist
from framework.actions.prepare import apply_steps, complete, defaults, each_about_its_own, refuse_wrong, steps_of
from framework.actions.request import Request
from framework.actions.session import Session
from framework.actions.step import Change
from framework.context import Context
from framework.spec.action import ActionKind, ActionSpec


async def write(
    session: Session, action: ActionSpec, requests: Sequence[Request], announcer: Announcer
) -> list[Outcome]:
    """Carries out the action for every request, or for none: cast → prepare → [before → persist → after → announce].

    What stands in brackets happens inside one transaction. Nothing is asked of the data layer before the
    input is known to be sound.
    """
    changesets = cast(action, session.domain.resources[action.resource], requests)
    refuse_wrong(each_about_its_own(changesets))
    steps = steps_of(action)
    locks_first = _reading(action) != []
    if not locks_first:
        changesets = prepare(changesets, session.context)
    async with session.transaction() as inner:
        if locks_first:
            rows = await lock_records(changesets, inner.writer)
            known = [replace(c, record=c.resource.record.of(rows[c.id])) for c in changesets]
            changesets = prepare(known, session.context)
        for step in steps:
            changesets = list(await step.before(changesets, inner))
        # A step that refuses has not filled in what it would have: that is not lacking, too.
        refuse_wrong(changesets)
        changesets = complete(changesets)
        refuse_wrong(changesets)
        outcomes = await persist(changesets, inner.writer)
        for step in steps:
            await step.after(outcomes, inner)
        if not action.quiet:
            await announcer.announce(outcomes, inner)
    return outcomes


def prepare(changesets: Sequence[Changeset], context: Context) -> list[Changeset]:
    """Defaults, then the action's own steps; raises Invalid."""
    changesets = apply_steps(defaults(changesets), context)
    refuse_wrong(changesets)
    return changesets


def plan(action: ActionSpec) -> str:
    """How a write will reach the store, and why: what `dspex explain` prints."""
    locking = [step.says() for step in _reading(action)]
    if locking:
        return f"locks the records first, because a step reads them: {'; '.join(locking)}"
    return "one statement for all records that change alike"


def _reading(action: ActionSpec) -> list[Change]:
    """The steps that read the records as they are; what is being created has not been yet."""
    return [] if action.kind is ActionKind.CREATE else [step for step in steps_of(action) if step.needs_record]
