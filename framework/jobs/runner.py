"""Runs one job: claim → verb under a watched lease → end, whatever that end is."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import replace
from time import perf_counter
from typing import Any
from uuid import UUID

from framework.actions.changeset import Changeset, Outcome
from framework.actions.engine import Engine
from framework.actions.notifier import NullNotifier
from framework.actions.pipeline import carried_out
from framework.actions.request import Request
from framework.actions.run import arguments_of, outcome
from framework.actions.session import Session
from framework.actions.verb import load_verb
from framework.data.refusals import held_up
from framework.errors import Failure, Unavailable
from framework.figures import Measures
from framework.jobs.complete import complete, ended, failed, handed_back, put_off, stopped_as_asked, tried_again
from framework.jobs.dispatcher import Dispatcher, PendingJob
from framework.jobs.job import OVER, JobState
from framework.jobs.job_run import JobCancelled, JobRun, LeaseTiming, Leaving, VerbGoesOn, job_run, staying, watch
from framework.jobs.lease import Lease, LeaseLost, claim, claim_next
from framework.jobs.listeners import action_of, error_of
from framework.jobs.retry import pause_before, worth_another_try
from framework.jobs.starter import with_todays_rights
from framework.spec.action import ActionSpec, Scope, VerbRef
from framework.telemetry import continuing, log, traced
from framework.types.type import STRUCTURED

USUAL = LeaseTiming()
GOES_ON = {"code": "verb_goes_on", "message": "the verb was called off and has not ended", "params": {}}


async def run_job(
    engine: Engine, job_id: UUID, timing: LeaseTiming = USUAL, *, leaving: Leaving = staying
) -> JobState | None:
    """The state the job was left in; None when it was not ours to run.

    Raises VerbGoesOn when all is written and the verb has not ended: then this process has to.
    """
    if leaving():
        return None
    lease = await claim(engine, job_id, _me(), timing.lease)
    return None if lease is None else await _run(engine, lease, timing, leaving=leaving)


async def run_next(engine: Engine, queue: str, timing: LeaseTiming = USUAL, *, leaving: Leaving = staying) -> bool:
    """Runs the job that is due longest in the queue; whether there was one."""
    lease = None if leaving() else await claim_next(engine, queue, _me(), timing.lease)
    if lease is not None:
        await _run(engine, lease, timing, leaving=leaving)
    return lease is not None


def _me() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


async def _run(engine: Engine, lease: Lease, timing: LeaseTiming, *, leaving: Leaving) -> JobState | None:
    stuck, began = None, perf_counter()
    run, job = job_run(engine, lease), str(lease.row["id"])
    name = f"{lease.row['target_type']}.{lease.row['action']}"
    log.info("job.begun", job=job, action=name, attempt=lease.row["attempt"])
    try:
        # The row keeps the place in the trace, so every attempt belongs to it, in whichever process.
        with (
            continuing(lease.row["context"]),
            traced("job", action=name, job=job, queue=lease.row["queue"], attempt=lease.row["attempt"]) as current,
        ):
            stopped = await _attempt(run, timing, leaving=leaving)
            stuck = stopped if isinstance(stopped, VerbGoesOn) else None
            state = await _brought_to_end(run, stopped, timing, leaving=leaving)
            current.set_attribute("state", str(state))
    except (LeaseLost, Unavailable) as failure:
        # Nothing was written: once the lease has run out, the reaper gives the job to another attempt.
        log.warning("job.lost", job=job, attempt=lease.row["attempt"], code=failure.issues[0].code)
        return None
    finally:
        if stuck is not None:
            raise stuck
    measures: Measures | None = engine.services.get(Measures)
    if measures is not None:
        measures.job(name, str(state), perf_counter() - began)
    log.info("job.ended" if state in OVER else "job.left", job=job, state=str(state))
    return state


async def _attempt(run: JobRun, timing: LeaseTiming, *, leaving: Leaving) -> BaseException | None:
    """What stopped the verb, or None when it came to its end."""
    if run.job["cancel_requested"]:
        return JobCancelled()
    action = action_of(run.job, run.session.domain)
    if action is None or action.run is None:
        return LookupError(f"there is nothing to run for `{run.job['target_type']}.{run.job['action']}`")
    work = asyncio.ensure_future(_carry_out(action, action.run, run))
    over = asyncio.Event()
    watching = asyncio.ensure_future(watch(run, over, timing, leaving=leaving))
    stopping = asyncio.ensure_future(_cut_short(run, work, timing))
    try:
        await asyncio.wait({work, watching, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopped = await _outcome(run, work, watching)
    except LeaseLost as lost:
        stopped = lost
    finally:
        # The watch comes to its end by itself: a query that is cut off may cost its connection.
        over.set()
        for task in (work, stopping):
            task.cancel()
        await asyncio.wait({work, watching, stopping}, timeout=timing.ending)
        for task in (work, watching):
            if task.done() and not task.cancelled():
                # What it found may not matter any more; nobody is to be told that it was not asked.
                task.exception()
    return stopped if work.done() else VerbGoesOn()


async def _carry_out(action: ActionSpec, ref: VerbRef, run: JobRun) -> None:
    """By the pipeline of every action, beside the watch: loading a verb may take longer than a lease lasts."""
    verb = await asyncio.to_thread(load_verb, ref)
    run = await with_todays_rights(run)

    async def by(changesets: Sequence[Changeset], _: Session) -> list[Outcome]:
        (asked,) = changesets
        return [outcome(asked, await verb(replace(run, arguments=arguments_of(asked))))]

    request = Request(_arguments(action, run.job["arguments"]), run.target_id if action.scope is Scope.RECORD else None)
    await carried_out(run.session, action, [request], by=by, notifier=NullNotifier())


def _arguments(action: ActionSpec, kept: Mapping[str, Any]) -> dict[str, Any]:
    """Models as they read today, whatever form they were kept in; what does not read is refused as any input is."""
    known = {name: value for name, value in action.arguments.items() if value.type.kind in STRUCTURED and name in kept}
    read = {name: argument.type.read_kept(kept[name]) for name, argument in known.items()}
    return {**kept, **{name: value for name, (value, issues) in read.items() if not issues}}


async def _outcome(run: JobRun, work: asyncio.Future[Any], watching: asyncio.Future[None]) -> BaseException | None:
    """A watch that ended first has lost the lease, or the database: either way the work is not ours any more."""
    if not work.done():
        if not watching.done():
            return VerbGoesOn()
        run.stop.show()
        raise watching.exception() or LeaseLost()
    if not work.cancelled():
        return work.exception()
    return JobCancelled() if run.stop.shown else RuntimeError("the verb cancelled itself, though nobody asked it to")


async def _cut_short(run: JobRun, work: asyncio.Future[Any], timing: LeaseTiming) -> None:
    """A verb that does not heed the sign within its grace is cancelled where it stands; returns if it goes on then."""
    await run.stop.wait()
    await asyncio.sleep(timing.grace)
    work.cancel()
    await asyncio.sleep(timing.ending)


async def _brought_to_end(
    run: JobRun, stopped: BaseException | None, timing: LeaseTiming, *, leaving: Leaving
) -> JobState:
    """The end, said until it can be: what was done need not be done anew for a record that others hold meanwhile."""
    loop = asyncio.get_running_loop()
    renewed = loop.time()
    while True:
        try:
            return await _end(run, stopped, leaving=leaving)
        except Unavailable as failure:
            if leaving() or not held_up(failure):
                raise
            log.warning("job.end_waits", job=str(run.job["id"]), code=failure.issues[0].code)
        await asyncio.sleep(timing.heartbeat)
        try:
            await run.lease.renew(run.engine)
            renewed = loop.time()
        except Unavailable:
            if loop.time() - renewed >= run.lease.seconds:
                raise


async def _end(run: JobRun, stopped: BaseException | None, *, leaving: Leaving) -> JobState:
    if stopped is None:
        return await complete(run, ended(JobState.SUCCEEDED))
    if isinstance(stopped, LeaseLost):
        raise stopped
    if leaving() and (isinstance(stopped, JobCancelled) or worth_another_try(stopped)):
        return await _hand_back(run)
    if isinstance(stopped, VerbGoesOn):
        # Perhaps not for a wish to stop, but as the lease was lost.
        return await complete(run, tried_again(GOES_ON))
    if isinstance(stopped, JobCancelled):
        return await complete(run, stopped_as_asked)
    error, action = error_of(stopped), action_of(run.job, run.session.domain)
    if not isinstance(stopped, Failure):
        log.error("job.crashed", job=str(run.job["id"]), exc_info=stopped)
    if held_up(stopped):
        log.warning("job.put_off", job=str(run.job["id"]), code=error["code"], says=error["message"])
        return await complete(run, put_off(error))
    if worth_another_try(stopped):
        log.warning("job.set_back", job=str(run.job["id"]), code=error["code"], says=error["message"])
        return await complete(run, tried_again(error, lambda vain: pause_before(vain + 1, action)))
    return await complete(run, failed(error))


async def _hand_back(run: JobRun) -> JobState:
    """Rings for it at once: nobody has to wait for the reaper to find out."""
    state = await complete(run, handed_back)
    dispatcher = run.engine.services.get(Dispatcher)
    if state is JobState.QUEUED and dispatcher is not None:
        await dispatcher.notify([PendingJob(run.job["id"], run.job["queue"])])
    return state
