"""Jobs that are paused and resumed: what is kept, what does not count, and who is told what."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest

from framework.actions.engine import Engine
from framework.actions.request import Request
from framework.actions.session import Session
from framework.errors import Conflict
from framework.jobs.complete import Decide, complete, failed, handed_back, put_off, tried_again
from framework.jobs.figures import job_figures
from framework.jobs.findings import stuck_jobs
from framework.jobs.job import JobState
from framework.jobs.job_run import job_run
from framework.jobs.lease import LeaseLost, claim, claim_next
from framework.jobs.reaper import reap
from framework.jobs.runner import run_job
from framework.testing.until import PATIENCE, until
from tests.framework.jobs.conftest import TIMING, Bells, ReportPaper
from tests.framework.jobs.test_runner import again, order, set_job, told, until_begun

AGO = datetime(2026, 1, 1, tzinfo=UTC)
LONG_AGO = {"run_after": AGO, "notify_after": AGO}
ERROR = {"code": "record_locked", "message": "somebody holds it", "params": {}}


async def act(session: Session, action: str, job: Any) -> Any:
    (found,) = await session.perform(session.domain.action("Job", action), [Request(id=job.id)])
    return found


async def names(engine: Engine, paper: Any) -> list[str]:
    """The events of a paper and its job, but for those of writing pages."""
    return [name for name, _ in await told(engine, paper)]


async def paused_while_it_runs(engine: Engine, paper: Any, job: Any) -> None:
    """Runs the job until its verb is under way, and asks its paper for a rest."""
    begun = import_module("making").PROGRESS.setdefault(str(paper.id), threading.Event())
    begun.clear()
    running = asyncio.ensure_future(run_job(engine, job.id, TIMING))
    await until(begun.is_set)
    await engine.session().update(ReportPaper.rest, paper.id)
    assert await asyncio.wait_for(running, PATIENCE) is JobState.PAUSED


async def test_one_that_waits_is_paused_at_once_and_nobody_takes_it(
    engine: Engine, session: Session, bells: Bells
) -> None:
    paper, job = await order(session, "pages")
    await set_job(engine, job.id, **LONG_AGO)
    await session.update(ReportPaper.rest, paper.id)
    paused = await again(session, job)
    assert (paused.state, paused.attempt, paused.pause_requested) == (JobState.PAUSED, 0, False)
    assert str((await again(session, paper)).state) == "held"
    assert await run_job(engine, job.id, TIMING) is None
    assert await claim_next(engine, "papers", "me", 60.0) is None
    bells.rung.clear()
    await reap(engine, bells)
    assert job.id not in [bell.id for bell in bells.rung]
    assert (await again(session, job)).state is JobState.PAUSED


async def test_one_that_is_paused_is_a_live_job_and_not_a_stuck_one(engine: Engine, session: Session) -> None:
    paper, job = await order(session, "pages")
    await set_job(engine, job.id, **LONG_AGO, lease_expires_at=AGO)
    assert (await stuck_jobs(engine.domain, engine.layer)).says != "no job is stuck"
    await session.update(ReportPaper.rest, paper.id)
    assert (await stuck_jobs(engine.domain, engine.layer)).says == "no job is stuck"
    told = {(each.name, each.labels.get("state")): each.value for each in await job_figures(engine) if each.value}
    assert told["dspex_jobs", "paused"] == 1
    assert ("dspex_jobs", "queued") not in told
    assert ("dspex_oldest_queued_seconds", None) not in told


async def test_one_that_is_resumed_is_queued_and_rung_for_and_does_what_it_would_have_done(
    engine: Engine, session: Session, bells: Bells
) -> None:
    paper, job = await order(session, "pages")
    await session.update(ReportPaper.rest, paper.id)
    bells.rung.clear()
    await session.update(ReportPaper.resume, paper.id)
    assert [bell.id for bell in bells.rung] == [job.id]
    assert (await again(session, job)).state is JobState.QUEUED
    assert str((await again(session, paper)).state) == "waiting"
    assert await run_job(engine, job.id, TIMING) is JobState.SUCCEEDED
    moves = {"order": 1, "rest": 1, "hold": 1, "resume": 1, "finish": 1}
    jobs = {"make.queued": 2, "make.paused": 1, "make.progress": 3, "make.ended": 1}
    assert Counter(await names(engine, paper)) == {**moves, **jobs}


async def test_one_that_runs_gives_its_lease_back_and_goes_on_behind_its_checkpoint(
    engine: Engine, session: Session
) -> None:
    paper, job = await order(session, "bookmark")
    await paused_while_it_runs(engine, paper, job)
    paused = await again(session, job)
    assert (paused.checkpoint, paused.lease_owner, paused.lease_expires_at) == ({"step": 1}, None, None)
    assert (paused.finished_at, paused.error, paused.pause_requested) == (None, None, False)
    await session.update(ReportPaper.resume, paper.id)
    assert await run_job(engine, job.id, TIMING) is JobState.SUCCEEDED
    steps = [data["step"] for name, data in await told(engine, paper) if name == "make.progress"]
    assert steps == [1, 2, 3]


@pytest.mark.parametrize("plan", ["wait", "deaf", "stumble"])
async def test_however_often_it_is_paused_no_attempt_counts(plan: str, engine: Engine, session: Session) -> None:
    paper, job = await order(session, plan)
    for _ in range(job.max_attempts + 1):
        await paused_while_it_runs(engine, paper, job)
        paused = await again(session, job)
        assert (paused.attempts_without_progress, paused.error) == (0, None)
        await session.update(ReportPaper.resume, paper.id)
    assert (await names(engine, paper)).count("make.paused") == job.max_attempts + 1


async def test_the_job_alone_may_be_paused_and_resumed_and_its_record_agrees(engine: Engine, session: Session) -> None:
    paper, job = await order(session, "bookmark")
    running = asyncio.ensure_future(run_job(engine, job.id, TIMING))
    await until_begun(paper)
    assert (await act(session, "pause", job)).pause_requested
    assert await asyncio.wait_for(running, PATIENCE) is JobState.PAUSED
    assert str((await again(session, paper)).state) == "held"
    assert (await act(session, "resume", job)).state is JobState.QUEUED
    assert str((await again(session, paper)).state) == "waiting"
    assert await run_job(engine, job.id, TIMING) is JobState.SUCCEEDED
    assert (await names(engine, paper)).count("resume") == 1


async def test_one_whose_worker_dies_while_it_is_being_paused_is_paused(
    engine: Engine, session: Session, bells: Bells
) -> None:
    paper, job = await order(session, "pages")
    lease = await claim(engine, job.id, "doomed", 0.0)
    assert lease is not None
    zombie = job_run(engine, lease)
    await session.update(ReportPaper.rest, paper.id)
    await reap(engine, bells)
    paused = await again(session, job)
    assert (paused.state, paused.attempts_without_progress) == (JobState.PAUSED, 0)
    assert str((await again(session, paper)).state) == "held"
    await session.update(ReportPaper.resume, paper.id)
    with pytest.raises(LeaseLost):
        await complete(zombie, handed_back)
    assert await run_job(engine, job.id, TIMING) is JobState.SUCCEEDED


async def test_one_whose_worker_leaves_while_it_is_being_paused_is_paused(
    engine: Engine, session: Session, bells: Bells
) -> None:
    paper, job = await order(session, "wait")
    left = asyncio.Event()
    running = asyncio.ensure_future(run_job(engine, job.id, TIMING, leaving=left.is_set))
    await until_begun(paper)
    await session.update(ReportPaper.rest, paper.id)
    left.set()
    assert await asyncio.wait_for(running, PATIENCE) is JobState.PAUSED
    assert str((await again(session, paper)).state) == "held"


@pytest.mark.parametrize("decide", [tried_again(ERROR), put_off(ERROR), failed(ERROR), handed_back])
async def test_however_an_attempt_ends_that_was_asked_to_pause_the_job_is_paused(
    decide: Decide, engine: Engine, session: Session
) -> None:
    _, job = await order(session, "pages")
    lease = await claim(engine, job.id, "me", 60.0)
    assert lease is not None
    await act(session, "pause", job)
    assert await complete(job_run(engine, lease), decide) is JobState.PAUSED
    paused = await again(session, job)
    assert (paused.attempts_without_progress, paused.error, paused.finished_at) == (0, None, None)


async def test_one_that_is_paused_is_cancelled_at_once(engine: Engine, session: Session) -> None:
    paper, job = await order(session, "bookmark")
    await paused_while_it_runs(engine, paper, job)
    await session.update(ReportPaper.withdraw, paper.id)
    cancelled = await again(session, job)
    assert (cancelled.state, cancelled.cancel_requested) == (JobState.CANCELLED, True)
    assert cancelled.finished_at is not None
    assert str((await again(session, paper)).state) == "stopped"
    assert ("make.ended", {"state": "cancelled", "error": None}) in await told(engine, paper)


async def test_one_that_is_cancelled_while_it_is_being_paused_is_cancelled(engine: Engine, session: Session) -> None:
    paper, job = await order(session, "wait")
    lease = await claim(engine, job.id, "me", 60.0)
    assert lease is not None
    await session.update(ReportPaper.rest, paper.id)
    await session.update(ReportPaper.withdraw, paper.id)
    assert not (await again(session, job)).pause_requested
    assert await complete(job_run(engine, lease), handed_back) is JobState.CANCELLED


async def refusal(asked: Any) -> tuple[str, bool]:
    """What it is refused for, and whether a way out is told."""
    with pytest.raises(Conflict) as refused:
        await asked
    (issue,) = refused.value.issues
    assert issue.code == "illegal_transition"
    return issue.message, issue.hint is not None


async def test_what_cannot_be_paused_or_resumed_is_told_and_leaves_no_trace(engine: Engine, session: Session) -> None:
    paper, job = await order(session, "wait")
    assert await refusal(act(session, "resume", job)) == ("the job is queued; only a paused one is resumed", False)
    await act(session, "pause", job)
    assert await refusal(act(session, "pause", job)) == ("the job is paused; there is nothing to pause", True)
    await act(session, "resume", job)
    lease = await claim(engine, job.id, "me", 60.0)
    assert lease is not None
    # As with a cancel, a second wish changes nothing.
    assert (await act(session, "pause", job)).pause_requested
    assert (await act(session, "pause", job)).pause_requested
    before = await names(engine, paper)
    assert await refusal(act(session, "resume", job)) == ("the job is still being paused", True)
    assert await refusal(session.update(ReportPaper.resume, paper.id)) == (
        "`ReportPaper.resume` is not allowed while state is waiting; it is from held",
        False,
    )
    await act(session, "cancel", job)
    cancelling = ("the job is being cancelled; there is nothing to pause", False)
    assert await refusal(act(session, "pause", job)) == cancelling
    assert await refusal(session.update(ReportPaper.rest, paper.id)) == cancelling
    assert await names(engine, paper) == before
    await complete(job_run(engine, lease), handed_back)
    assert await refusal(act(session, "pause", job)) == ("the job is cancelled; there is nothing to pause", False)
    assert await refusal(act(session, "resume", job)) == ("the job is cancelled; only a paused one is resumed", True)


async def test_a_record_without_a_move_may_ask_twice(engine: Engine, session: Session) -> None:
    paper, job = await order(session, "wait")
    for _ in range(2):
        await session.update(ReportPaper.rest, paper.id)
    assert (await again(session, job)).state is JobState.PAUSED
    assert (await names(engine, paper)).count("make.paused") == 1


async def test_one_that_finished_its_record_before_the_wish_reached_it_has_succeeded(
    engine: Engine, session: Session
) -> None:
    paper, job = await order(session, "linger")
    running = asyncio.ensure_future(run_job(engine, job.id, TIMING))

    async def finished() -> bool:
        return str((await again(session, paper)).state) == "done"

    await until(finished)
    await act(session, "pause", job)
    # It is begun again, and finds that there is nothing left to do.
    assert await asyncio.wait_for(running, PATIENCE) is JobState.QUEUED
    assert await refusal(act(session, "pause", job)) == (
        "the record of the job has come to its end; there is nothing to pause",
        False,
    )
    assert await run_job(engine, job.id, TIMING) is JobState.SUCCEEDED
    assert (await told(engine, paper))[-1] == ("make.ended", {"state": "succeeded", "error": None})


async def test_one_that_waits_for_a_moment_goes_on_waiting_for_it(engine: Engine, session: Session) -> None:
    paper, job = await order(session, "pages")
    later = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    await set_job(engine, job.id, run_after=later)
    await session.update(ReportPaper.rest, paper.id)
    await session.update(ReportPaper.resume, paper.id)
    assert (await again(session, job)).run_after == later
    assert await run_job(engine, job.id, TIMING) is None


async def test_one_that_was_paused_for_long_is_not_overdue_once_it_is_resumed(engine: Engine, session: Session) -> None:
    paper, job = await order(session, "pages")
    await set_job(engine, job.id, **LONG_AGO)
    await session.update(ReportPaper.rest, paper.id)
    await session.update(ReportPaper.resume, paper.id)
    assert (await stuck_jobs(engine.domain, engine.layer)).says == "no job is stuck"


async def test_a_pause_that_meets_the_end_is_either_in_time_or_too_late(engine: Engine, session: Session) -> None:
    rounds = 16
    papers = [await order(session, "pages") for _ in range(rounds)]

    async def race(number: int, paper: Any, job: Any) -> None:
        running = asyncio.ensure_future(run_job(engine, job.id, TIMING))
        # Each a little later than the one before, so that every moment of the run is hit by some.
        await asyncio.sleep(number / rounds * 0.06)
        await session.update(ReportPaper.rest, paper.id)
        await running
        now = await again(session, job)
        states = (str(now.state), str((await again(session, paper)).state))
        # The last is one that was cut short between the two.
        assert states in {("succeeded", "done"), ("paused", "held"), ("queued", "done")}
        if now.state is JobState.PAUSED:
            await session.update(ReportPaper.resume, paper.id)
        if now.state is not JobState.SUCCEEDED:
            assert await run_job(engine, job.id, TIMING) is JobState.SUCCEEDED

    for start in range(0, rounds, 4):
        await asyncio.gather(*(race(start + n, *each) for n, each in enumerate(papers[start : start + 4])))
    for paper, _ in papers:
        found = await names(engine, paper)
        assert (found.count("finish"), found.count("make.ended"), found.count("make.progress")) == (1, 1, 3)
