"""The worker's tasks and its beat, called in this process as Celery calls them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import pytest

from framework.expr.nodes import Arithmetic, Call, Compare, Comparison, Function, Operator, Ref, Value
from framework.jobs.celery_app import RUN, queues
from framework.jobs.job import Job, JobState
from framework.jobs.lease import claim
from framework.runtime.runtime import Runtime
from tests.installation.installation import DOMAIN, Installation
from tests.installation.making import a_subject
from workers.app import worker_app
from workers.beat import ReapingScheduler
from workers.slots import Slots
from workers.worker_runtime import WorkerRuntime


@pytest.fixture
async def worker(installation: Installation) -> AsyncIterator[WorkerRuntime]:
    """What a process of the pool works with."""
    made = WorkerRuntime(DOMAIN, installation.settings)
    yield made
    await asyncio.to_thread(made.close)


@pytest.fixture
def app(installation: Installation, worker: WorkerRuntime) -> Iterator[Any]:
    """The worker's app, as such a process has it."""
    # This process is none of a pool, and may take what it takes.
    settings = installation.settings.model_copy(update={"worker_child_mb": 0})
    made = worker_app(settings, worker, Slots(queues(DOMAIN), 4))
    yield made
    made.close()


async def test_the_task_works_off_its_queue(app: Any, installation: Installation) -> None:
    inputs = (await a_subject(installation.rest)).inputs
    runs = [(await installation.rest.act("Evaluation.start", **inputs)).made for _ in range(2)]
    await asyncio.to_thread(app.tasks[RUN], "default")
    assert (await installation.job_of("Evaluation", runs[0]["id"]))["attempt"] == 0
    # One bell is enough, and one that rings twice does nothing.
    for _ in range(2):
        await asyncio.to_thread(app.tasks[RUN], "evaluations")
    jobs = [await installation.job_of("Evaluation", run["id"]) for run in runs]
    assert [(job["state"], job["attempt"]) for job in jobs] == [(JobState.SUCCEEDED, 1)] * 2
    assert jobs[0]["finished_at"] <= jobs[1]["started_at"]


async def test_a_worker_that_leaves_takes_no_job(app: Any, worker: WorkerRuntime, installation: Installation) -> None:
    run = (await installation.rest.act("Evaluation.start", **(await a_subject(installation.rest)).inputs)).made
    worker.leave.begin()
    await asyncio.to_thread(app.tasks[RUN], "evaluations")
    assert (await installation.job_of("Evaluation", run["id"]))["attempt"] == 0
    assert await installation.run("Evaluation", run["id"]) is JobState.SUCCEEDED


async def test_hands_keep_one_loop_and_one_runtime(worker: WorkerRuntime, installation: Installation) -> None:
    async def look(runtime: Runtime) -> tuple[Any, Any]:
        return runtime, asyncio.get_running_loop()

    first, second = [await asyncio.to_thread(worker.do, look) for _ in range(2)]
    assert first[0] is second[0]
    assert first[1] is second[1]
    assert worker.timing.lease == installation.settings.lease_seconds
    await asyncio.to_thread(worker.close)
    third = await asyncio.to_thread(worker.do, look)
    assert third[0] is not first[0]


async def test_the_beat_reaps(app: Any, worker: WorkerRuntime, installation: Installation) -> None:
    run = (await installation.rest.act("Evaluation.start", **(await a_subject(installation.rest)).inputs)).made
    job = await installation.job_of("Evaluation", run["id"])
    assert await claim(installation.runtime.engine, job["id"], "nobody", 3600.0) is not None
    ReapingScheduler.worker = worker
    beat = ReapingScheduler(app)
    async with installation.session.transaction() as inner:
        mine = Compare(Comparison.EQ, Ref("id"), Value(job["id"]))
        past = Arithmetic(Operator.ADD, Call(Function.NOW), Value(timedelta(seconds=-1)))
        await inner.writer.update(inner.domain.of(Job), mine, {"lease_expires_at": past})
    assert await asyncio.to_thread(beat.tick) <= ReapingScheduler.max_interval
    scheduled = {row["name"] for row in await installation.rows("JobSchedule")}
    assert scheduled == {
        "DatasetImport.clear_abandoned",
        "Execution.give_up_abandoned",
        "RetentionRule.remove_expired",
    }
    assert (await installation.job_of("Evaluation", run["id"]))["state"] is JobState.QUEUED


async def test_a_beat_that_ends_lets_go_of_its_connections(app: Any, worker: WorkerRuntime) -> None:
    async def look(runtime: Runtime) -> Runtime:
        return runtime

    ReapingScheduler.worker = worker
    beat = ReapingScheduler(app)
    await asyncio.to_thread(beat.tick)
    before = await asyncio.to_thread(worker.do, look)
    await asyncio.to_thread(beat.close)
    assert await asyncio.to_thread(worker.do, look) is not before


async def test_a_beat_that_cannot_reap_goes_on(app: Any, installation: Installation) -> None:
    away = installation.settings.model_copy(update={"database_url": "postgresql://nobody@127.0.0.1:1/none"})
    ReapingScheduler.worker = WorkerRuntime(DOMAIN, away)
    beat = ReapingScheduler(app)
    assert await asyncio.to_thread(beat.tick) >= 0
    await asyncio.to_thread(ReapingScheduler.worker.close)


def test_it_listens_to_every_queue() -> None:
    assert set(queues(DOMAIN)) == {"default", "evaluations", "optimizations"}
