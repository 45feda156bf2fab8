"""An attempt's last word: the job has ended, or waits for another try. Whoever speaks it holds the lease."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from framework.actions.session import Session
from framework.errors import Unavailable
from framework.expr.nodes import Arithmetic, Call, Function, Node, Operator, Value
from framework.jobs.job import Job, JobState
from framework.jobs.job_run import JobRun
from framework.jobs.lease import LeaseLost
from framework.jobs.listeners import TargetNotice, notify_target, write_ended_event
from framework.telemetry import log

NOW = Call(Function.NOW)
AT_ONCE = timedelta()


async def complete(run: JobRun, state: JobState, error: Mapping[str, Any] | None) -> JobState:
    """The end: the record's own action, the row and the event, in one transaction; gives the state it ended in.

    A verb may be cut short just after it has finished its record, which then has no wish to hear of a cancel: that
    job has succeeded. A record that cannot be told does not keep its job alive: row and event are all there is then.
    """

    async def tell_and_end(inner: Session) -> JobState:
        told = await notify_target(run.job, str(state), error, inner)
        moved_on = state is JobState.CANCELLED and told is TargetNotice.MOVED_ON
        came_to = JobState.SUCCEEDED if moved_on else state
        await _end(run, came_to, error, inner)
        return came_to

    try:
        return await run.session.with_transaction(tell_and_end)
    except (LeaseLost, Unavailable):
        raise
    except Exception as failure:  # noqa: BLE001 - whatever the record's action does wrong, the job has ended
        log.error("job.target_not_told", job=str(run.job["id"]), exc_info=failure)
        await run.session.with_transaction(partial(_end, run, state, error))
        return state


async def requeue(run: JobRun, *, after: timedelta = AT_ONCE, error: Mapping[str, Any] | None = None) -> JobState:
    """Queued for another attempt: the reaper rings for it when it is due."""
    due: Node = Arithmetic(Operator.ADD, NOW, Value(after))
    values = {"state": JobState.QUEUED, "run_after": due, "notify_after": due}
    written = values if error is None else {**values, "error": error}
    await run.session.with_transaction(partial(_write, run, written))
    return JobState.QUEUED


async def _end(run: JobRun, state: JobState, error: Mapping[str, Any] | None, session: Session) -> None:
    await _write(run, {"state": state, "error": error, "finished_at": NOW}, session)
    await write_ended_event(run.job, str(state), error, session)


async def _write(run: JobRun, values: Mapping[str, Any], session: Session) -> None:
    released = {"lease_owner": None, "lease_expires_at": None}
    if not await session.writer.update(session.domain.of(Job), run.lease.held, {**values, **released}):
        raise LeaseLost
