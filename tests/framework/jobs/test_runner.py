"""Running jobs: every way one can end, and what its record, its row and its readers then know."""

from __future__ import annotations

import asyncio
import gc
import threading
from dataclasses import replace
from importlib import import_module
from typing import Any
from uuid import UUID

import pytest

from framework.actions.engine import Engine
from framework.actions.query import Query
from framework.actions.request import Request
from framework.actions.session import Session
from framework.errors import Conflict
from framework.events.log import Log
from framework.events.log_position import LogPosition
from framework.expr.nodes import Compare, Comparison, Ref, Value
from framework.jobs.dispatcher import Dispatcher
from framework.jobs.job import Job, JobState
from framework.jobs.job_run import VerbGoesOn, job_run
from framework.jobs.lease import LeaseLost, claim
from framework.jobs.reaper import FEW, reap
from framework.jobs.runner import run_job
from framework.testing.settled import until_settled
from framework.testing.until import PATIENCE, until
from tests.framework.jobs.conftest import TIMING, Bells, ReportPaper, Steps, waiting_for_a_lock


async def order(session: Session, plan: str) -> tuple[Any, Any]:
    paper = await session.create(ReportPaper.order, {"plan": plan})
    return paper, (await jobs(session))[-1]


async def jobs(session: Session) -> list[Any]:
    return (await session.page(session.domain.action("Job", "browse"), Query(limit=50))).records


async def again(session: Session, record: Any) -> Any:
    return await session.get(type(record), record.id)


async def told(engine: Engine, paper: Any) -> list[tuple[str, Any]]:
    log: Log = engine.services[Log]
    await until_settled(log)
    entries = await log.after(LogPosition())
    return [(e.type.split(".", 1)[1], e.data) for e in entries if e.target_id == str(paper.id)]


async def until_begun(paper: Any) -> None:
    making = import_module("making")
    await until(making.PROGRESS.setdefault(str(paper.id), threading.Event()).is_set)


async def set_job(engine: Engine, job_id: UUID, **values: Any) -> None:
    async with engine.layer.transaction() as tx:
        await tx.update(engine.domain.of(Job), Compare(Comparison.EQ, Ref("id"), Value(job_id)), values)


async def test_a_job_is_queued_with_the_change_that_asks_for_it(session: Session, bells: Bells) -> None:
    paper, job = await order(session, "pages")
    assert (job.target_type, job.target_id, job.action, job.queue) == ("ReportPaper", str(paper.id), "make", "papers")
    assert [(bell.id, bell.queue) for bell in bells.rung] == [(job.id, "papers")]


async def test_a_rolled_back_change_queues_nothing_and_rings_for_nothing(session: Session, bells: Bells) -> None:
    with pytest.raises(RuntimeError):
        await _order_then_fail(session)
    assert await jobs(session) == []
    assert bells.rung == []


async def _order_then_fail(session: Session) -> None:
    async with session.transaction() as inner:
        await inner.create(ReportPaper.order, {"plan": "pages"})
        raise RuntimeError


async def test_a_job_reports_and_ends(engine: Engine, session: Session) -> None:
    paper, job = await order(session, "pages")
    assert await run_job(engine, job.id, TIMING) is JobState.SUCCEEDED
    done = await again(session, job)
    assert (done.state, done.attempt, done.progress, done.error) == (JobState.SUCCEEDED, 1, {"step": 3}, None)
    assert done.lease_owner is None
    assert done.finished_at is not None
    assert str((await again(session, paper)).state) == "done"
    names = [name for name, _ in await told(engine, paper)]
    assert names == ["make.queued", "order", "make.progress", "make.progress", "make.progress", "finish", "make.ended"]


async def test_of_many_deliveries_one_runs(engine: Engine, session: Session) -> None:
    _, job = await order(session, "pages")
    ends = await asyncio.gather(*(run_job(engine, job.id, TIMING) for _ in range(8)))
    assert sorted(map(str, ends)) == ["None"] * 7 + ["succeeded"]
    assert (await again(session, job)).attempt == 1


async def test_what_time_may_heal_is_tried_again(engine: Engine, session: Session) -> None:
    _, job = await order(session, "weather")
    assert await run_job(engine, job.id, TIMING) is JobState.QUEUED
    assert (await again(session, job)).error["code"] == "rain"
    assert await run_job(engine, job.id, TIMING) is JobState.SUCCEEDED
    assert (await again(session, job)).attempt == 2


async def test_what_does_not_heal_fails_after_its_attempts(engine: Engine, session: Session) -> None:
    paper, job = await order(session, "storm")
    ends = [await run_job(engine, job.id, TIMING) for _ in range(4)]
    assert ends == [JobState.QUEUED, JobState.QUEUED, JobState.FAILED, None]
    paper = await again(session, paper)
    assert (str(paper.state), paper.error["code"]) == ("failed", "storm")


@pytest.mark.parametrize(("plan", "code"), [("mistake", "bad_plan"), ("crash", "internal")])
async def test_a_mistake_is_not_tried_again(engine: Engine, session: Session, plan: str, code: str) -> None:
    paper, job = await order(session, plan)
    assert await run_job(engine, job.id, TIMING) is JobState.FAILED
    paper = await again(session, paper)
    assert paper.error["code"] == code
    assert "secret" not in str(paper.error)
    (ended,) = [data for name, data in await told(engine, paper) if name == "make.ended"]
    assert (ended["state"], ended["error"]["code"]) == ("failed", code)


@pytest.mark.parametrize("plan", ["wait", "deaf"])
async def test_a_running_job_stops_when_asked(engine: Engine, session: Session, plan: str) -> None:
    paper, job = await order(session, plan)
    running = asyncio.ensure_future(run_job(engine, job.id, TIMING))
    await until_begun(paper)
    await session.update(ReportPaper.withdraw, paper.id)
    assert await asyncio.wait_for(running, PATIENCE) is JobState.CANCELLED
    assert str((await again(session, paper)).state) == "stopped"


async def test_a_verb_that_fails_of_being_called_off_was_cancelled(engine: Engine, session: Session) -> None:
    paper, job = await order(session, "stumble")
    running = asyncio.ensure_future(run_job(engine, job.id, TIMING))
    await until_begun(paper)
    await session.update(ReportPaper.withdraw, paper.id)
    assert await running is JobState.CANCELLED
    assert str((await again(session, paper)).state) == "stopped"
    assert (await again(session, job)).error is None


async def test_a_verb_that_goes_on_when_it_is_called_off_ends_its_job_and_then_has_its_process_ended(
    engine: Engine, session: Session
) -> None:
    paper, job = await order(session, "stubborn")
    before = asyncio.all_tasks()
    thaw = import_module("making").THAW[str(paper.id)] = threading.Event()
    attempt = asyncio.create_task(run_job(engine, job.id, replace(TIMING, ending=0.2)))
    await until_begun(paper)
    await session.update(ReportPaper.withdraw, paper.id)
    with pytest.raises(VerbGoesOn):
        await asyncio.wait_for(attempt, PATIENCE)
    assert (await again(session, job)).state is JobState.CANCELLED
    thaw.set()
    await until(lambda: asyncio.all_tasks() <= before)


async def test_a_waiting_job_is_cancelled_at_once(engine: Engine, session: Session) -> None:
    paper, job = await order(session, "pages")
    await session.perform(session.domain.action("Job", "cancel"), [Request(id=job.id)])
    assert str((await again(session, paper)).state) == "stopped"
    assert await run_job(engine, job.id, TIMING) is None
    (ended,) = [data for name, data in await told(engine, paper) if name == "make.ended"]
    assert ended["state"] == "cancelled"


async def test_an_ended_job_cannot_be_cancelled(engine: Engine, session: Session) -> None:
    _, job = await order(session, "pages")
    await run_job(engine, job.id, TIMING)
    with pytest.raises(Conflict, match="the job is succeeded; there is nothing to cancel"):
        await session.perform(session.domain.action("Job", "cancel"), [Request(id=job.id)])


async def test_a_failed_job_can_be_queued_again_by_hand(engine: Engine, session: Session, bells: Bells) -> None:
    _, job = await order(session, "mistake")
    await run_job(engine, job.id, TIMING)
    bells.rung.clear()
    (queued,) = await session.perform(session.domain.action("Job", "retry"), [Request(id=job.id)])
    assert (queued.state, queued.error) == (JobState.QUEUED, None)
    assert (queued.attempts_without_progress, queued.max_attempts) == (0, job.max_attempts)
    assert [bell.id for bell in bells.rung] == [job.id]
    with pytest.raises(Conflict, match="only an ended one is retried"):
        await session.perform(session.domain.action("Job", "retry"), [Request(id=job.id)])


async def test_a_job_is_not_begun_before_its_time(engine: Engine, session: Session) -> None:
    _, job = await order(session, "pages")
    await set_job(engine, job.id, run_after=(await again(session, job)).run_after.replace(year=2999))
    assert await claim(engine, job.id, "me", 10) is None


async def test_a_second_live_job_for_the_same_record_is_refused(session: Session) -> None:
    paper, job = await order(session, "pages")
    values = {name: job[name] for name in ("target_type", "target_id", "action", "queue", "context", "unique_key")}
    with pytest.raises(Conflict, match="this is under way already"):
        await session.perform(session.domain.action("Job", "queue_up"), [Request(values)])
    assert paper.plan == "pages"


async def test_a_dead_worker_is_noticed_and_another_goes_on_from_its_checkpoint(
    engine: Engine, session: Session, bells: Bells
) -> None:
    paper, job = await order(session, "pages")
    lease = await claim(engine, job.id, "doomed", 0.0)
    assert lease is not None
    making = import_module("making")
    await job_run(engine, lease).report(making.Steps(step=1), checkpoint={"step": 1})
    bells.rung.clear()
    assert await reap(engine, bells) == 1
    assert [bell.id for bell in bells.rung] == [job.id]
    assert await run_job(engine, job.id, TIMING) is JobState.SUCCEEDED
    steps = [data["step"] for name, data in await told(engine, paper) if name == "make.progress"]
    assert steps == [1, 2, 3]


async def test_a_zombie_cannot_write(engine: Engine, session: Session, bells: Bells) -> None:
    paper, job = await order(session, "pages")
    zombie = await claim(engine, job.id, "zombie", 0.0)
    assert zombie is not None
    await reap(engine, bells)
    assert await claim(engine, job.id, "heir", 10) is not None
    run = job_run(engine, zombie)
    with pytest.raises(LeaseLost):
        await run.session.update(ReportPaper.write_page, paper.id, {"pages": 99})
    with pytest.raises(LeaseLost):
        await zombie.renew(engine)
    assert (await again(session, paper)).pages == 0


async def test_a_living_lease_is_left_alone(engine: Engine, session: Session, bells: Bells) -> None:
    _, job = await order(session, "pages")
    assert await claim(engine, job.id, "alive", 60) is not None
    bells.rung.clear()
    assert await reap(engine, bells) == 0


async def test_a_worker_that_dies_every_time_fails_the_job(engine: Engine, session: Session, bells: Bells) -> None:
    paper, job = await order(session, "pages")
    for _ in range(3):
        assert await claim(engine, job.id, "doomed", 0.0) is not None
        await reap(engine, bells)
    assert (await again(session, job)).state is JobState.FAILED
    assert (await again(session, paper)).error["code"] == "worker_lost"


@pytest.mark.parametrize(("stride", "state"), [(1, JobState.QUEUED), (0, JobState.FAILED)])
async def test_only_attempts_in_a_row_that_leave_no_new_checkpoint_count(
    stride: int, state: JobState, engine: Engine, bells: Bells
) -> None:
    session = engine.session()
    _, job = await order(session, "pages")
    for n in range(4):
        lease = await claim(engine, job.id, "doomed", 0.0)
        assert lease is not None
        await job_run(engine, lease).report(Steps(step=n), checkpoint={"step": n * stride})
        await reap(engine, bells)
    # The first of them had nothing to compare with, so it has got somewhere either way.
    job = await again(session, job)
    assert (job.attempt, job.attempts_without_progress, job.state) == (4, 3 * (1 - stride), state)


async def test_a_job_that_was_asked_to_stop_when_its_worker_died_is_cancelled(
    engine: Engine, session: Session, bells: Bells
) -> None:
    paper, job = await order(session, "wait")
    assert await claim(engine, job.id, "doomed", 0.0) is not None
    await session.update(ReportPaper.withdraw, paper.id)
    await reap(engine, bells)
    assert (await again(session, job)).state is JobState.CANCELLED
    assert str((await again(session, paper)).state) == "stopped"
    assert [data["state"] for name, data in await told(engine, paper) if name == "make.ended"] == ["cancelled"]


@pytest.mark.parametrize("plan", ["wait", "deaf"])
async def test_a_worker_that_leaves_hands_its_job_back_uncounted_and_rings(plan: str, engine: Engine) -> None:
    session, bells = engine.session(), engine.services[Dispatcher]
    paper, job = await order(session, plan)
    leave = threading.Event()
    running = asyncio.ensure_future(run_job(engine, job.id, TIMING, leaving=leave.is_set))
    await until_begun(paper)
    bells.rung.clear()
    leave.set()
    assert await asyncio.wait_for(running, PATIENCE) is JobState.QUEUED
    job = await again(session, job)
    assert (job.state, job.attempt, job.attempts_without_progress, job.lease_owner) == (JobState.QUEUED, 1, 0, None)
    assert [bell.id for bell in bells.rung] == [job.id]
    assert str((await again(session, paper)).state) == "waiting"
    assert await run_job(engine, job.id, TIMING, leaving=leave.is_set) is None
    assert [name for name, _ in await told(engine, paper)] == ["make.queued", "order"]


async def test_a_job_that_is_to_stop_as_its_worker_leaves_is_cancelled(engine: Engine, session: Session) -> None:
    paper, job = await order(session, "wait")
    leave = threading.Event()
    running = asyncio.ensure_future(run_job(engine, job.id, TIMING, leaving=leave.is_set))
    await until_begun(paper)
    async with session.transaction() as cancelling:
        await cancelling.update(ReportPaper.withdraw, paper.id)
        leave.set()
        # The hand-back waits for the row, and then reads the wish in it.
        await until(lambda: waiting_for_a_lock(engine.layer))
    assert await asyncio.wait_for(running, PATIENCE) is JobState.CANCELLED
    assert str((await again(session, paper)).state) == "stopped"


async def test_a_missed_bell_is_rung_again(engine: Engine, session: Session, bells: Bells) -> None:
    _, job = await order(session, "pages")
    bells.rung.clear()
    assert await reap(engine, bells) == 0
    await set_job(engine, job.id, notify_after=(await again(session, job)).run_after)
    assert await reap(engine, bells) == 1
    assert [bell.id for bell in bells.rung] == [job.id]
    assert await reap(engine, bells) == 0


async def test_bells_do_not_pile_up(engine: Engine, session: Session, bells: Bells) -> None:
    await session.create_all(ReportPaper.order, [{"plan": "pages"}] * 9)
    for job in await jobs(session):
        await set_job(engine, job.id, notify_after=job.run_after)
    bells.rung.clear()
    bells.waiting = {"papers": 9}
    assert await reap(engine, bells) == 0
    bells.waiting = {"papers": 8}
    assert await reap(engine, bells) == 1
    bells.waiting = {}
    assert await reap(engine, bells) == FEW
    assert {bell.queue for bell in bells.rung} == {"papers"}


async def test_the_lease_is_renewed_while_the_verb_works(engine: Engine, session: Session) -> None:
    paper, job = await order(session, "wait")
    running = asyncio.ensure_future(run_job(engine, job.id, TIMING))
    await until_begun(paper)
    before = (await again(session, job)).lease_expires_at
    await until(lambda: _later(session, job, before))
    await session.update(ReportPaper.withdraw, paper.id)
    await running


async def _later(session: Session, job: Any, before: Any) -> bool:
    return bool((await again(session, job)).lease_expires_at > before)


async def test_a_worker_that_lost_its_lease_stops_its_verb_and_writes_nothing(engine: Engine, session: Session) -> None:
    paper, job = await order(session, "wait")
    running = asyncio.ensure_future(run_job(engine, job.id, TIMING))
    await until_begun(paper)
    await set_job(engine, job.id, attempt=7)
    assert await asyncio.wait_for(running, PATIENCE) is None
    assert (await again(session, job)).state is JobState.RUNNING


@pytest.mark.usefixtures("small_heap")
async def test_a_verb_that_fails_once_its_lease_is_lost_is_heard_by_nobody(engine: Engine, session: Session) -> None:
    paper, job = await order(session, "clumsy")
    unheard: list[Any] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, said: unheard.append(said))
    try:
        running = asyncio.ensure_future(run_job(engine, job.id, TIMING))
        await until_begun(paper)
        await set_job(engine, job.id, attempt=7)
        assert await asyncio.wait_for(running, PATIENCE) is None
        del running
        gc.collect()
    finally:
        loop.set_exception_handler(None)
    assert unheard == []
