"""A job at the moments that are hard: asked to stop as it ends, given up while it works, its connection cut."""

from __future__ import annotations

import asyncio
import threading
from importlib import import_module
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from framework.actions.engine import Engine
from framework.actions.query import Query
from framework.actions.request import Request
from framework.actions.session import Session
from framework.errors import Conflict
from framework.events.doorbell import LocalDoorbell
from framework.events.log import Log
from framework.events.log_position import LogPosition
from framework.events.notifier import EventNotifier
from framework.jobs.complete import complete, tried_again
from framework.jobs.job import Job, JobState
from framework.jobs.job_run import LeaseTiming, job_run
from framework.jobs.lease import claim
from framework.jobs.reaper import reap
from framework.jobs.runner import run_job
from framework.spec.domain import DomainSpec
from framework.sql.engine import open_layer
from framework.sql.layer import SqlLayer
from framework.testing.settled import until_settled
from framework.testing.until import PATIENCE, until
from tests.framework.jobs.conftest import TIMING, Bells, ReportPaper, Steps, waiting_for_a_lock
from tests.giving_way import first_gives_way

ROUNDS = 24


async def job_of(session: Session, paper: Any) -> Any:
    of_paper = Query(filter=(Job.target_id == str(paper.id)).node)
    return (await session.read(Job.browse, of_paper))[-1]


async def until_begun(paper: Any) -> None:
    begun = import_module("making").PROGRESS.setdefault(str(paper.id), threading.Event())
    await until(begun.is_set)


async def ends_told(engine: Engine) -> dict[str, list[str]]:
    """What each paper was told in the end, as its readers got it."""
    log: Log = engine.services[Log]
    ends: dict[str, list[str]] = {}
    await until_settled(log)
    for entry in await log.after(LogPosition(), limit=5000):
        if entry.type == "report_paper.make.ended":
            ends.setdefault(entry.target_id, []).append(str(entry.data["state"]))
    return ends


async def withdraw(session: Session, paper: Any) -> bool:
    """Whether nothing but the end itself could refuse it."""
    try:
        await session.update(ReportPaper.withdraw, paper.id)
    except Conflict as refused:
        return refused.issues[0].code == "illegal_transition"
    return True


async def test_a_cancel_that_meets_the_end_is_either_in_time_or_refused(engine: Engine, session: Session) -> None:
    papers = await session.create_all(ReportPaper.order, [{"plan": "pages"}] * ROUNDS)
    jobs = {paper.id: await job_of(session, paper) for paper in papers}

    async def race(number: int, paper: Any) -> None:
        running = asyncio.ensure_future(run_job(engine, jobs[paper.id].id, TIMING))
        # Each a little later than the one before, so that every moment of the run is hit by some.
        await asyncio.sleep(number / ROUNDS * 0.06)
        assert await withdraw(session, paper)
        await running

    for start in range(0, ROUNDS, 4):
        await asyncio.gather(*(race(start + n, paper) for n, paper in enumerate(papers[start : start + 4])))
    ends = await ends_told(engine)
    for paper in papers:
        now, job = await session.get(ReportPaper, paper.id), await job_of(session, paper)
        (told,) = ends[str(paper.id)]
        assert (told, str(now.state)) in {("succeeded", "done"), ("cancelled", "stopped")}
        assert str(job.state) == told


async def test_a_verb_that_is_cut_short_after_its_record_was_finished_has_succeeded(
    engine: Engine, session: Session
) -> None:
    paper = await session.create(ReportPaper.order, {"plan": "linger"})
    running = asyncio.ensure_future(run_job(engine, (await job_of(session, paper)).id, TIMING))
    await until(lambda: finished(session, paper))
    await session.update(ReportPaper.withdraw, paper.id)
    assert await asyncio.wait_for(running, PATIENCE) is JobState.SUCCEEDED
    assert await ends_told(engine) == {str(paper.id): ["succeeded"]}


async def test_a_job_that_is_called_off_after_its_worker_finished_the_record_and_died_has_succeeded(
    engine: Engine, session: Session, bells: Bells
) -> None:
    paper = await session.create(ReportPaper.order, {"plan": "pages"})
    lease = await claim(engine, (await job_of(session, paper)).id, "doomed", 0.0)
    assert lease is not None
    await job_run(engine, lease).session.update(ReportPaper.finish, paper.id)
    await reap(engine, bells)
    (called_off,) = await session.perform(session.domain.action("Job", "cancel"), [Request(id=lease.row["id"])])
    assert called_off.state is JobState.SUCCEEDED
    assert await ends_told(engine) == {str(paper.id): ["succeeded"]}


async def finished(session: Session, paper: Any) -> bool:
    return str((await session.get(ReportPaper, paper.id)).state) == "done"


async def cut_connections(layer: SqlLayer) -> None:
    """Ends every other connection to the database, as a restart or an administrator does."""
    others = sa.text(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    async with layer.engine.connect() as connection:
        await connection.execute(others)


async def test_cancelling_and_ending_take_their_locks_in_one_order(engine: Engine, session: Session) -> None:
    assert isinstance(engine.layer, SqlLayer)
    layer = engine.layer
    paper = await session.create(ReportPaper.order, {"plan": "pages"})
    lease = await claim(engine, (await job_of(session, paper)).id, "me", 60)
    assert lease is not None
    async with job_run(engine, lease).session.transaction() as ending:
        cancelling = asyncio.ensure_future(session.update(ReportPaper.withdraw, paper.id))
        await until(lambda: waiting_for_a_lock(layer))
        await ending.update(ReportPaper.finish, paper.id)
    await cancelling
    assert (await job_of(session, paper)).cancel_requested
    assert str((await session.get(ReportPaper, paper.id)).state) == "done"


async def in_another_process(domain: DomainSpec, url: str, job_id: UUID) -> JobState | None:
    """Runs the job as another process would: on a loop and connections of its own."""
    async with open_layer(domain, url) as layer:
        log = Log(domain, layer, LocalDoorbell())
        worker = Engine(domain, layer, EventNotifier(log), {Log: log})
        return await run_job(worker, job_id, LeaseTiming(lease=0.3, heartbeat=0.1, look=0.02, grace=0.2))


async def test_a_worker_that_froze_beyond_its_lease_does_nothing_twice(
    engine: Engine, session: Session, bells: Bells, fresh_database_url: str
) -> None:
    paper = await session.create(ReportPaper.order, {"plan": "freeze"})
    job = await job_of(session, paper)
    thaw: threading.Event = import_module("making").THAW.setdefault(str(paper.id), threading.Event())
    running = in_another_process(session.domain, fresh_database_url, job.id)
    frozen = asyncio.ensure_future(asyncio.to_thread(asyncio.run, running))
    try:
        await until_begun(paper)
        bells.rung.clear()
        # Its loop stands still, the heartbeat with it, until the reaper has given the job to another.
        await until(lambda: reaped(engine, bells))
        assert await run_job(engine, job.id, TIMING) is JobState.SUCCEEDED
    finally:
        thaw.set()
    assert await frozen is None
    job = await job_of(session, paper)
    assert (job.attempt, job.state) == (2, JobState.SUCCEEDED)
    assert (await session.get(ReportPaper, paper.id)).pages == 2
    assert await ends_told(engine) == {str(paper.id): ["succeeded"]}


async def reaped(engine: Engine, bells: Bells) -> bool:
    return await reap(engine, bells) > 0


async def test_many_reapers_ring_once_for_a_job(engine: Engine, session: Session, bells: Bells) -> None:
    papers = await session.create_all(ReportPaper.order, [{"plan": "pages"}] * 5)
    for paper in papers:
        assert await claim(engine, (await job_of(session, paper)).id, "doomed", 0.0) is not None
    bells.rung.clear()
    await asyncio.gather(*(reap(engine, bells) for _ in range(6)))
    while await reap(engine, bells):
        pass
    assert len(bells.rung) == len({bell.id for bell in bells.rung}) == 5


async def test_a_reaper_leaves_out_the_job_that_its_worker_is_writing_and_helps_the_others(
    engine: Engine, session: Session, bells: Bells
) -> None:
    busy, dead = await session.create_all(ReportPaper.order, [{"plan": "pages"}] * 2)
    lease = await claim(engine, (await job_of(session, busy)).id, "slow", 0.0)
    assert lease is not None
    assert await claim(engine, (await job_of(session, dead)).id, "dead", 0.0) is not None
    bells.rung.clear()
    async with job_run(engine, lease).session.transaction() as writing:
        await asyncio.wait_for(reap(engine, bells), PATIENCE)
        await writing.update(ReportPaper.write_page, busy.id, {"pages": 7})
    assert [bell.id for bell in bells.rung] == [(await job_of(session, dead)).id]
    assert (await session.get(ReportPaper, busy.id)).pages == 7


async def test_a_job_that_no_code_knows_any_more_fails_and_is_in_nobodys_way(
    engine: Engine, session: Session, bells: Bells
) -> None:
    common = {"target_type": "Forgotten", "action": "make", "queue": "papers", "context": session.context.to_json()}
    queue_up = session.domain.action("Job", "queue_up")
    run, reaped_away = await session.perform(
        queue_up, [Request({**common, "target_id": str(n), "max_attempts": 1}) for n in range(2)]
    )
    assert await run_job(engine, run.id, TIMING) is JobState.FAILED
    assert await claim(engine, reaped_away.id, "doomed", 0.0) is not None
    await reap(engine, bells)
    assert (await session.get(Job, reaped_away.id)).state is JobState.FAILED


async def test_a_record_that_cannot_be_told_does_not_keep_its_job_alive(engine: Engine, session: Session) -> None:
    paper = await session.create(ReportPaper.order, {"plan": "mistake"})
    assert isinstance(engine.layer, SqlLayer)
    async with engine.layer.engine.begin() as connection:
        await connection.execute(sa.text("ALTER TABLE report_papers ADD CHECK (state <> 'failed')"))
    assert await run_job(engine, (await job_of(session, paper)).id, TIMING) is JobState.FAILED
    assert (await job_of(session, paper)).state is JobState.FAILED
    assert await ends_told(engine) == {str(paper.id): ["failed"]}


async def test_a_record_hears_of_the_end_though_that_gave_way_once(
    engine: Engine, session: Session, fresh_database_url: str
) -> None:
    paper = await session.create(ReportPaper.order, {"plan": "mistake"})
    async with first_gives_way(fresh_database_url, "UPDATE", "report_papers"):
        assert await run_job(engine, (await job_of(session, paper)).id, TIMING) is JobState.FAILED
    failed = await session.get(ReportPaper, paper.id)
    assert (str(failed.state), (failed.error or {})["code"]) == ("failed", "bad_plan")
    assert await ends_told(engine) == {str(paper.id): ["failed"]}


@pytest.mark.parametrize("table", ["jobs", "events"])
async def test_what_a_job_reports_is_written_again(
    table: str, engine: Engine, session: Session, fresh_database_url: str
) -> None:
    paper = await session.create(ReportPaper.order, {"plan": "pages"})
    lease = await claim(engine, (await job_of(session, paper)).id, "me", 30.0)
    assert lease is not None
    run = job_run(engine, lease)
    statement = "UPDATE" if table == "jobs" else "INSERT"
    async with first_gives_way(fresh_database_url, statement, table):
        await run.report(Steps(step=1), checkpoint={"step": 1})
    assert (await job_of(session, paper)).progress == {"step": 1}


async def test_a_job_to_try_again_is_queued_again_though_that_gave_way_once(
    engine: Engine, session: Session, fresh_database_url: str
) -> None:
    paper = await session.create(ReportPaper.order, {"plan": "weather"})
    lease = await claim(engine, (await job_of(session, paper)).id, "me", 30.0)
    assert lease is not None
    async with first_gives_way(fresh_database_url, "UPDATE", "jobs"):
        assert await complete(job_run(engine, lease), tried_again({})) is JobState.QUEUED
    assert (await job_of(session, paper)).state is JobState.QUEUED


async def test_a_cut_connection_costs_a_running_job_nothing(engine: Engine, session: Session) -> None:
    paper = await session.create(ReportPaper.order, {"plan": "wait"})
    job = await job_of(session, paper)
    running = asyncio.ensure_future(run_job(engine, job.id, TIMING))
    await until_begun(paper)
    assert isinstance(engine.layer, SqlLayer)
    for _ in range(3):
        await cut_connections(engine.layer)
        before = (await job_of(session, paper)).heartbeat_at
        await until(lambda: beaten(session, paper, before))  # noqa: B023 - awaited within the round
    await session.update(ReportPaper.withdraw, paper.id)
    assert await asyncio.wait_for(running, PATIENCE) is JobState.CANCELLED
    assert (await job_of(session, paper)).attempt == 1


async def beaten(session: Session, paper: Any, before: Any) -> bool:
    return bool((await job_of(session, paper)).heartbeat_at > before)
