"""An attempt's last word: the job has ended, waits for another try, or is paused. Whoever speaks it holds the lease.

What becomes of the job is decided by its row as it stands in the transaction that writes it, never as it was claimed:
somebody may have asked it to stop since, and it may have made progress.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from framework.actions.session import Session
from framework.data.protocols import Row
from framework.data.refusals import HELD_UP
from framework.data.selection import Selection
from framework.errors import Unavailable
from framework.expr.nodes import Arithmetic, Call, Function, Node, Operator, Value
from framework.jobs.job import Job, JobState
from framework.jobs.job_run import JobRun
from framework.jobs.lease import LeaseLost
from framework.jobs.listeners import TargetNotice, notify_target, write_ended_event, write_paused_event
from framework.telemetry import log

NOW = Call(Function.NOW)
AT_ONCE = timedelta()
# Before another attempt of a job that the store held up, and for how long in a row that is nobody's fault.
HELD_UP_PAUSE, HELD_UP_FOR = timedelta(seconds=10), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class End:
    """What becomes of a job: a state, why, and how long it waits if that is `queued`.

    `vain` is how many of its attempts came to nothing, where that is another number than its row says.
    """

    state: JobState
    error: Mapping[str, Any] | None = None
    pause: timedelta = AT_ONCE
    vain: int | None = None


Decide = Callable[[Row], End]


def ended(state: JobState, error: Mapping[str, Any] | None = None) -> Decide:
    """It has ended so, whatever its row says."""
    return lambda _: End(state, error)


def failed(error: Mapping[str, Any]) -> Decide:
    """It has failed, unless it was asked to stop meanwhile: what a verb makes of that is nobody's concern any more."""
    return lambda row: _wished(row) or End(JobState.FAILED, error)


def stopped_as_asked(row: Row) -> End:
    """Its verb has stopped, as it was asked to: for a while, or for good."""
    return _wished(row) or End(JobState.CANCELLED)


def tried_again(error: Mapping[str, Any], pause: Callable[[int], timedelta] = lambda _: AT_ONCE) -> Decide:
    """Queued again, unless too many attempts in a row came to nothing; `pause` is asked with the number of those."""

    def decide(row: Row) -> End:
        if (wished := _wished(row)) is not None:
            return wished
        vain = row["attempts_without_progress"]
        return End(JobState.QUEUED, error, pause(vain)) if vain < row["max_attempts"] else End(JobState.FAILED, error)

    return decide


def handed_back(row: Row) -> End:
    """Queued again as if this attempt had not been: its worker leaves, which is no fault of the job."""
    return _wished(row) or End(JobState.QUEUED, row["error"], vain=_uncounted(row))


def put_off(error: Mapping[str, Any]) -> Decide:
    """Queued again for later, as if this attempt had not been: the store held it up, which is no fault of the job.

    Where it has been held up by nothing else for an hour, attempts count: what it waits for may be its own.
    """

    def decide(row: Row) -> End:
        since = _held_up_since(row)
        told = {**error, "params": {**error["params"], "since": since.isoformat()}}
        if _wished(row) is not None or row["heartbeat_at"] - since >= HELD_UP_FOR:
            return tried_again(told, lambda _: HELD_UP_PAUSE)(row)
        return End(JobState.QUEUED, told, HELD_UP_PAUSE, vain=_uncounted(row))

    return decide


def _wished(row: Row) -> End | None:
    """What it was asked for, if anything: cancelled, or paused as if this attempt had not been."""
    if row["cancel_requested"]:
        return End(JobState.CANCELLED)
    return End(JobState.PAUSED, row["error"], vain=_uncounted(row)) if row["pause_requested"] else None


def _uncounted(row: Row) -> int:
    """Without this attempt: claiming has added one, and progress has set it to 0."""
    return max(int(row["attempts_without_progress"]) - 1, 0)


def _held_up_since(row: Row) -> datetime:
    """When that began, by the clock of the store: with this attempt, unless all before it ended the same way."""
    now: datetime = row["heartbeat_at"]
    error = row["error"] or {}
    if error.get("code") not in HELD_UP or not row["attempts_without_progress"]:
        return now
    since = error["params"].get("since")
    return now if since is None else datetime.fromisoformat(since)


async def complete(run: JobRun, decide: Decide) -> JobState:
    """The end: the record's own action, the row and the event, in one transaction; gives the state it is left in.

    A verb may be cut short just after it has finished its record, which then has no wish to hear of a cancel: that
    job has succeeded. Nor of a pause: that job is begun again, and finds that out. A record that cannot be told does
    not keep its job alive: row and event are all there is then.
    """

    async def tell_and_end(inner: Session) -> JobState:
        end = decide(await _as_it_stands(run, inner))
        told = await notify_target(run.job, str(end.state), end.error, inner)
        if end.state is JobState.CANCELLED and told is TargetNotice.MOVED_ON:
            end = End(JobState.SUCCEEDED)
        elif end.state is JobState.PAUSED and told in (TargetNotice.MOVED_ON, TargetNotice.GONE):
            end = replace(end, state=JobState.QUEUED)
        return await _write(run, end, inner)

    async def only_end(inner: Session) -> JobState:
        return await _write(run, decide(await _as_it_stands(run, inner)), inner)

    session = run.session.as_system("the end of a job is written by the engine")
    try:
        return await session.with_transaction(tell_and_end)
    except (LeaseLost, Unavailable):
        raise
    except Exception as failure:  # noqa: BLE001 - whatever the record's action does wrong, the job has ended
        log.error("job.target_not_told", job=str(run.job["id"]), exc_info=failure)
        return await session.with_transaction(only_end)


async def _as_it_stands(run: JobRun, session: Session) -> Row:
    """The row, which the session's guard has locked."""
    spec = session.domain.of(Job)
    rows = await session.writer.read(Selection(spec, tuple(spec.attributes), run.lease.held))
    if not rows:
        raise LeaseLost
    return rows[0]


async def _write(run: JobRun, end: End, session: Session) -> JobState:
    released = {"lease_owner": None, "lease_expires_at": None, "pause_requested": False}
    counted = {} if end.vain is None else {"attempts_without_progress": end.vain}
    values = {"state": end.state, "error": end.error, **released, **_times(end), **counted}
    if not await session.writer.update(session.domain.of(Job), run.lease.held, values):
        raise LeaseLost
    if end.state is JobState.PAUSED:
        await write_paused_event(run.job, session)
    elif end.state is not JobState.QUEUED:
        await write_ended_event(run.job, str(end.state), end.error, session)
    return end.state


def _times(end: End) -> dict[str, Node]:
    """When it ended; or when it is due, and the reaper rings for it."""
    if end.state is JobState.PAUSED:
        return {}
    if end.state is not JobState.QUEUED:
        return {"finished_at": NOW}
    due = Arithmetic(Operator.ADD, NOW, Value(end.pause))
    return {"run_after": due, "notify_after": due}
