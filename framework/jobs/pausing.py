"""What pausing and resuming do to a job's row; the worker that holds the lease sees it and gives the job back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from framework.actions.changeset import Changeset, Outcome
from framework.actions.session import Session
from framework.actions.step import Change
from framework.context import Context
from framework.errors import Conflict
from framework.expr.nodes import Call, Case, Compare, Comparison, Function, Ref
from framework.jobs.listeners import TargetNotice, notify_target, write_paused_event
from framework.jobs.steps import behind_its_own, notify, state_of

NOW = Call(Function.NOW)
# One that waits for a moment to come goes on waiting for it; any other waits from now on.
DUE = Case(Compare(Comparison.GT, Ref("run_after"), NOW), Ref("run_after"), NOW)


@dataclass(frozen=True, slots=True)
class RequestPause(Change):
    """Marks a running job for pausing, and pauses one that waits."""

    needs_record: ClassVar[bool] = True

    def apply(self, changesets: Sequence[Changeset], context: Context) -> Sequence[Changeset]:
        """One that has ended, is about to or is paused already stays as it is."""
        return [_marked(changeset) for changeset in changesets]

    async def before(self, changesets: Sequence[Changeset], session: Session) -> Sequence[Changeset]:
        """A job that waits has nobody else to tell its record."""
        return [await _told(changeset, session) for changeset in changesets]

    async def after(self, outcomes: Sequence[Outcome], session: Session) -> None:
        """Tells of those that are paused."""
        for outcome in outcomes:
            if str(outcome.record["state"]) == "paused":
                await write_paused_event(outcome.record, session)


@dataclass(frozen=True, slots=True)
class TakeUp(Change):
    """Puts a paused job back into its queue, with all that it had."""

    needs_record: ClassVar[bool] = True

    def apply(self, changesets: Sequence[Changeset], context: Context) -> Sequence[Changeset]:
        """Only a job that is paused."""
        return [_taken_up(changeset) for changeset in changesets]

    async def before(self, changesets: Sequence[Changeset], session: Session) -> Sequence[Changeset]:
        """Behind those of its own that wait."""
        return await behind_its_own(changesets, session)

    async def after(self, outcomes: Sequence[Outcome], session: Session) -> None:
        """Tells the records, of which those that were asked themselves know, and rings after the commit."""
        for outcome in outcomes:
            await notify_target(outcome.record, "resumed", None, session)
        await notify([outcome.record for outcome in outcomes], session)


def request_pause() -> RequestPause:
    """Asks the job to stop until it is resumed."""
    return RequestPause()


def take_up() -> TakeUp:
    """Queues the paused job again."""
    return TakeUp()


def _marked(changeset: Changeset) -> Changeset:
    state = str(changeset.value("state"))
    if state == "queued":
        return changeset.setting(**state_of(changeset, "paused"))
    if state == "running" and not changeset.value("cancel_requested"):
        return changeset.setting(pause_requested=True)
    if state == "running":
        return _refused(changeset, "the job is being cancelled; there is nothing to pause")
    hint = "resume it, and it goes on where it was" if state == "paused" else None
    return _refused(changeset, f"the job is {state}; there is nothing to pause", hint)


def _taken_up(changeset: Changeset) -> Changeset:
    state = str(changeset.value("state"))
    if state == "paused":
        return changeset.setting(**state_of(changeset, "queued"), run_after=DUE, notify_after=DUE)
    if changeset.value("pause_requested"):
        return _refused(changeset, "the job is still being paused", "resume it once it is paused, in a moment")
    hint = "retry it" if state in ("failed", "cancelled") else None
    return _refused(changeset, f"the job is {state}; only a paused one is resumed", hint)


async def _told(changeset: Changeset, session: Session) -> Changeset:
    if changeset.issues or str(changeset.value("state")) != "paused":
        return changeset
    told = await notify_target(changeset.record, "paused", None, session)
    if told in (TargetNotice.MOVED_ON, TargetNotice.GONE):
        return _refused(changeset, "the record of the job has come to its end; there is nothing to pause")
    return changeset


def _refused(changeset: Changeset, says: str, hint: str | None = None) -> Changeset:
    return changeset.failing(Conflict(says, code="illegal_transition", path=("id",), hint=hint))
