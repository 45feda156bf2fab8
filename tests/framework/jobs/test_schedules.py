"""Jobs that repeat by themselves: due by the database, whichever processes come and go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from framework.actions.engine import Engine
from framework.compiler.domain import Domain, compile_domain
from framework.declare.actions import Job as JobAction
from framework.declare.attributes import Attr, primary_key
from framework.declare.resource import Resource
from framework.declare.verbs import verb
from framework.events.doorbell import LocalDoorbell
from framework.events.log import Log
from framework.events.notifier import EventNotifier
from framework.expr.nodes import Arithmetic, Operator, Value, equals
from framework.jobs.extension import JOBS
from framework.jobs.job import Job, JobState
from framework.jobs.lease import NOW
from framework.jobs.runner import run_job
from framework.jobs.schedules.due import queue_due
from framework.jobs.schedules.job_schedule import JobSchedule
from framework.spec.action import Scope
from framework.spec.domain import DomainSpec
from framework.sql.engine import create_tables, open_layer
from tests.framework.jobs.conftest import TIMING

TIDY = verb("making:tidy")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def rooms(*, seconds: float = 3600.0) -> DomainSpec:
    """A domain with a schedule of each kind."""

    class Room(Resource):
        id: Attr[UUID] = primary_key()
        sweep = JobAction(TIDY, scope=Scope.RESOURCE, every=seconds)
        air = JobAction(TIDY, scope=Scope.RESOURCE, every=3600.0, missed="skip")
        lock = JobAction(TIDY, scope=Scope.RESOURCE, cron="0 3 * * *")

    return compile_domain(Domain("rooms", [Room], [JOBS]))


def engine_of(domain: DomainSpec, layer: Any) -> Engine:
    log = Log(domain, layer, LocalDoorbell())
    return Engine(domain, layer, EventNotifier(log), {Log: log})


@pytest.fixture
async def swept(fresh_database_url: str, making: None) -> AsyncIterator[Engine]:
    """An engine whose schedules have been seen for the first time."""
    domain = rooms()
    async with open_layer(domain, fresh_database_url) as layer:
        await create_tables(layer)
        engine = engine_of(domain, layer)
        await queue_due(engine)
        yield engine


async def late(engine: Engine, name: str, by: timedelta) -> None:
    """It was due so long ago."""
    async with engine.layer.transaction() as tx:
        past = Arithmetic(Operator.ADD, NOW, Value(-by))
        await tx.update(engine.domain.of(JobSchedule), equals(name=name), {"next_due": past})


async def schedule(engine: Engine, name: str) -> Any:
    return await engine.session().get(JobSchedule, name)


async def queued(engine: Engine) -> list[str]:
    return [job.action for job in await engine.session().read(Job.browse)]


async def test_one_that_is_seen_for_the_first_time_is_due_later(swept: Engine) -> None:
    sweep, lock = await schedule(swept, "Room.sweep"), await schedule(swept, "Room.lock")
    assert timedelta() < sweep.next_due - datetime.now(UTC) <= HOUR
    assert (lock.says, lock.next_due.hour, lock.next_due.minute) == ("cron 0 3 * * *", 3, 0)
    assert await queued(swept) == []


async def test_of_many_processes_one_queues_what_is_due(swept: Engine) -> None:
    await late(swept, "Room.sweep", timedelta(seconds=1))
    await asyncio.gather(*(queue_due(engine_of(swept.domain, swept.layer)) for _ in range(5)))
    assert await queued(swept) == ["sweep"]
    (job,) = await swept.session().read(Job.browse)
    row = await schedule(swept, "Room.sweep")
    assert row.last_job_id == job.id
    # In step with what was due, not with when it was seen.
    assert row.next_due == row.last_due + HOUR


async def test_many_missed_runs_are_made_up_for_once_or_left_out(swept: Engine) -> None:
    for name in ("Room.sweep", "Room.air", "Room.lock"):
        await late(swept, name, 3 * DAY + timedelta(minutes=5))
    await queue_due(swept)
    await queue_due(swept)
    assert sorted(await queued(swept)) == ["lock", "sweep"]
    for name in ("Room.sweep", "Room.air", "Room.lock"):
        assert (await schedule(swept, name)).next_due > datetime.now(UTC)
    assert (await schedule(swept, "Room.air")).last_due is None


async def test_one_that_is_still_under_way_is_not_queued_again(swept: Engine) -> None:
    for _ in range(2):
        await late(swept, "Room.sweep", timedelta(seconds=1))
        await queue_due(swept)
    (job,) = await swept.session().read(Job.browse)
    assert (await schedule(swept, "Room.sweep")).last_job_id == job.id
    assert await run_job(swept, job.id, TIMING) is JobState.SUCCEEDED
    await late(swept, "Room.sweep", timedelta(seconds=1))
    await queue_due(swept)
    assert await queued(swept) == ["sweep", "sweep"]


async def test_another_interval_counts_at_once_and_a_run_that_was_due_sooner_is_not_put_off(swept: Engine) -> None:
    before = await schedule(swept, "Room.sweep")
    await queue_due(engine_of(rooms(seconds=86_400.0), swept.layer))
    row = await schedule(swept, "Room.sweep")
    assert (row.says, row.next_due) == ("every 86400 seconds", before.next_due)
    await queue_due(engine_of(rooms(seconds=60.0), swept.layer))
    row = await schedule(swept, "Room.sweep")
    assert (row.says, row.next_due < before.next_due) == ("every 60 seconds", True)
    assert await queued(swept) == []


async def test_what_is_due_is_queued_once_while_two_versions_with_other_intervals_run(swept: Engine) -> None:
    versions = [engine_of(rooms(seconds=seconds), swept.layer) for seconds in (86_400.0, 3600.0)]
    await queue_due(versions[0])
    await late(swept, "Room.sweep", timedelta(seconds=1))
    for each in (*versions, *versions):
        await queue_due(each)
    assert await queued(swept) == ["sweep"]
    assert timedelta() < (await schedule(swept, "Room.sweep")).next_due - datetime.now(UTC) <= HOUR
