"""Runs one job: claim → verb under a watched lease → end, whatever that end is."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from framework.actions.engine import Engine
from framework.actions.session import Session
from framework.actions.verb import load_verb
from framework.context import Context
from framework.errors import Failure, Unavailable
from framework.expr.nodes import Arithmetic, Call, Function, Node, Operator, Value
from framework.jobs.endings import error_of, tell_target
from framework.jobs.job import Job, JobState
from framework.jobs.job_run import JobCancelled, JobRun, job_run, watch
from framework.jobs.lease import Lease, LeaseLost, claim
from framework.jobs.retry import pause_before, worth_another_try
from framework.spec.action import ActionSpec
from framework.telemetry import log

NOW = Call(Function.NOW)


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a lease lasts, how often it is renewed, and how often a wish to stop is looked for, in seconds."""

    lease: float = 15.0
    heartbeat: float = 4.0
    look: float = 0.25
    grace: float = 5.0


async def run_job(engine: Engine, job_id: UUID, pace: Pace = Pace()) -> JobState | None:
    """The state the job was left in; None when it was not ours to run."""
    lease = await claim(engine, job_id, f"{socket.gethostname()}:{os.getpid()}", pace.lease)
    if lease is None:
        return None
    run = job_run(Session(engine), lease)
    action = engine.domain.action(lease.row["target_type"], lease.row["action"])
    log.info("job.begun", job=str(job_id), action=f"{action.resource}.{action.name}", attempt=lease.row["attempt"])
    try:
        state = await _end(run, action, await _attempt(run, action, pace))
    except (LeaseLost, Unavailable) as failure:
        # Nothing was written: once the lease has run out, the reaper gives the job to another attempt.
        log.warning("job.lost", job=str(job_id), attempt=lease.row["attempt"], code=failure.issues[0].code)
        return None
    log.info("job.ended", job=str(job_id), state=str(state))
    return state


async def give_up(engine: Engine, lease: Lease, error: Mapping[str, Any]) -> None:
    """Fails a job that has no attempts left, though nobody runs it."""
    run = JobRun(Session(engine, Context.from_json(lease.row["context"]), lease.guard), lease)
    await _settle(run, JobState.FAILED, error)


async def _attempt(run: JobRun, action: ActionSpec, pace: Pace) -> BaseException | None:
    """What stopped the verb, or None when it came to its end."""
    if action.run is None:
        return LookupError(f"`{action.resource}.{action.name}` has no verb")
    if run.job["cancel_requested"]:
        return JobCancelled()
    verb = load_verb(action.run)
    work = asyncio.ensure_future(verb(run))
    watching = asyncio.ensure_future(watch(run, heartbeat_seconds=pace.heartbeat, look_seconds=pace.look))
    stopping = asyncio.ensure_future(_cut_short(run, work, pace))
    try:
        await asyncio.wait({work, watching}, return_when=asyncio.FIRST_COMPLETED)
        return await _outcome(run, work, watching)
    finally:
        for task in (work, watching, stopping):
            task.cancel()
        await asyncio.gather(work, watching, stopping, return_exceptions=True)


async def _outcome(run: JobRun, work: asyncio.Future[Any], watching: asyncio.Future[None]) -> BaseException | None:
    """A watch that ended first has lost the lease, or the database: either way the work is not ours any more."""
    if not work.done():
        run.stop.show()
        raise watching.exception() or LeaseLost()
    if work.cancelled():
        return JobCancelled()
    return work.exception()


async def _cut_short(run: JobRun, work: asyncio.Future[Any], pace: Pace) -> None:
    """A verb that does not heed the sign within its grace is cancelled where it stands."""
    await run.stop.wait()
    await asyncio.sleep(pace.grace)
    work.cancel()


async def _end(run: JobRun, action: ActionSpec, stopped: BaseException | None) -> JobState:
    if stopped is None:
        return await _settle(run, JobState.SUCCEEDED, None)
    if isinstance(stopped, JobCancelled):
        return await _settle(run, JobState.CANCELLED, None)
    if isinstance(stopped, LeaseLost):
        raise stopped
    error = error_of(stopped)
    if not isinstance(stopped, Failure):
        log.error("job.crashed", job=str(run.job["id"]), exc_info=stopped)
    if worth_another_try(stopped) and run.job["attempt"] < run.job["max_attempts"]:
        return await _requeue(run, action, error)
    return await _settle(run, JobState.FAILED, error)


async def _settle(run: JobRun, state: JobState, error: Mapping[str, Any] | None) -> JobState:
    """The end: the row, the event and the record's own action, in one transaction."""
    async with run.session.transaction() as inner:
        await _write(run, inner, {"state": state, "error": error, "finished_at": NOW})
        await tell_target(run.job, str(state), error, inner)
    return state


async def _requeue(run: JobRun, action: ActionSpec, error: Mapping[str, Any]) -> JobState:
    seconds = pause_before(run.job["attempt"] + 1, action)
    later: Node = Arithmetic(Operator.ADD, NOW, Value(seconds))
    async with run.session.transaction() as inner:
        await _write(run, inner, {"state": JobState.QUEUED, "error": error, "run_after": later})
    return JobState.QUEUED


async def _write(run: JobRun, session: Session, values: Mapping[str, Any]) -> None:
    released = {"lease_owner": None, "lease_expires_at": None}
    rows = await session.writer.update(session.domain.of(Job), run.lease.held, {**values, **released})
    if not rows:
        raise LeaseLost
