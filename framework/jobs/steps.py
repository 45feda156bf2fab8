"""What cancelling and retrying do to a job's row; the worker that holds the lease sees it and acts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from framework.actions.changeset import Changeset, Outcome
from framework.actions.session import Session
from framework.actions.step import Change
from framework.context import Context
from framework.errors import Conflict
from framework.expr.nodes import Call, Function
from framework.jobs.dispatcher import Dispatcher, PendingJob
from framework.jobs.listeners import TargetNotice, notify_target, write_ended_event, write_queued_events
from framework.jobs.turns import turns

NOW = Call(Function.NOW)


@dataclass(frozen=True, slots=True)
class RequestCancel(Change):
    """Marks a running job for cancelling, and cancels one that waits or is paused."""

    needs_record: ClassVar[bool] = True

    def apply(self, changesets: Sequence[Changeset], context: Context) -> Sequence[Changeset]:
        """A job that has ended stays as it is."""
        return [self._marked(changeset) for changeset in changesets]

    async def before(self, changesets: Sequence[Changeset], session: Session) -> Sequence[Changeset]:
        """A job that waits has nobody else to tell its record.

        One whose worker died just after it had finished its record, which has no wish to hear of it, has succeeded.
        """
        return [await self._told(changeset, session) for changeset in changesets]

    async def after(self, outcomes: Sequence[Outcome], session: Session) -> None:
        """Tells of those that have ended."""
        for outcome in outcomes:
            state = str(outcome.record["state"])
            if state != "running":
                await write_ended_event(outcome.record, state, None, session)

    async def _told(self, changeset: Changeset, session: Session) -> Changeset:
        if changeset.issues or str(changeset.value("state")) != "cancelled":
            return changeset
        told = await notify_target(changeset.record, "cancelled", None, session)
        return changeset.setting(**state_of(changeset, "succeeded")) if told is TargetNotice.MOVED_ON else changeset

    def _marked(self, changeset: Changeset) -> Changeset:
        state = str(changeset.value("state"))
        if state in ("queued", "paused"):
            return changeset.setting(**state_of(changeset, "cancelled"), cancel_requested=True, finished_at=NOW)
        if state != "running":
            says = f"the job is {state}; there is nothing to cancel"
            return changeset.failing(Conflict(says, code="illegal_transition", path=("id",)))
        return changeset.setting(cancel_requested=True, pause_requested=False)


@dataclass(frozen=True, slots=True)
class Requeue(Change):
    """Puts an ended job back into its queue, with its attempts counted anew and its checkpoint kept."""

    needs_record: ClassVar[bool] = True

    def apply(self, changesets: Sequence[Changeset], context: Context) -> Sequence[Changeset]:
        """Only a job that failed or was cancelled."""
        return [self._queued(changeset) for changeset in changesets]

    async def before(self, changesets: Sequence[Changeset], session: Session) -> Sequence[Changeset]:
        """Behind those of its own that wait."""
        return await behind_its_own(changesets, session)

    async def after(self, outcomes: Sequence[Outcome], session: Session) -> None:
        """Rings for them after the commit."""
        await notify([outcome.record for outcome in outcomes], session)

    def _queued(self, changeset: Changeset) -> Changeset:
        state = str(changeset.value("state"))
        if state not in ("failed", "cancelled"):
            says = f"the job is {state}; only an ended one is retried"
            return changeset.failing(Conflict(says, code="illegal_transition", path=("id",)))
        again = state_of(changeset, "queued")
        return changeset.setting(
            **again,
            cancel_requested=False,
            error=None,
            finished_at=None,
            run_after=NOW,
            notify_after=NOW,
            attempts_without_progress=0,
        )


def request_cancel() -> RequestCancel:
    """Asks the job to stop."""
    return RequestCancel()


def requeue() -> Requeue:
    """Queues the job again."""
    return Requeue()


async def behind_its_own(changesets: Sequence[Changeset], session: Session) -> Sequence[Changeset]:
    """Each with a turn anew, behind those that wait."""
    jobs = [{name: changeset.value(name) for name in ("queue", "fairness_key")} for changeset in changesets]
    everybody = session.as_system("whose turn it is depends on the jobs of all")
    given = zip(changesets, await turns(jobs, changesets[0].resource, everybody), strict=True)
    return [changeset.setting(turn=turn) for changeset, turn in given]


async def notify(jobs: Sequence[Any], session: Session) -> None:
    """Tells that these jobs are queued: the readers of their progress, and the workers after the commit."""
    await write_queued_events(jobs, session)
    dispatcher = session.services.get(Dispatcher)
    if dispatcher is None:
        return
    waiting = [PendingJob(job["id"], job["queue"]) for job in jobs]

    async def effect() -> None:
        await dispatcher.notify(waiting)

    session.writer.on_commit(effect)


def state_of(changeset: Changeset, name: str) -> dict[str, Any]:
    """The state of that name, to be set."""
    return {"state": changeset.resource.attributes["state"].type.cast(name)[0]}
