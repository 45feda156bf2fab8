"""Executions that a dead process left running."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

from framework.actions.query import Query
from framework.expr.nodes import equals
from framework.jobs.job import JobState
from framework.jobs.queueing import JobRequest, queue_jobs
from framework.jobs.runner import run_job
from framework.jobs.schedules.due import repeating
from framework.processes.heartbeat import Heartbeat, before
from framework.processes.process_heartbeat import ProcessHeartbeat
from framework.testing.model_server import ModelServer
from framework.testing.until import PATIENCE
from resources.executions import give_up_abandoned
from resources.executions.execution import Execution
from tests.installation.installation import TIMING, Installation, opened
from tests.installation.making import TEXT, a_program, unique


async def begun(installation: Installation, *, seconds: float, owner: UUID | None = None) -> Any:
    """The id of an execution that began so long ago and has not ended."""
    program = await a_program(installation.rest)
    (version,) = await installation.rows("ProgramVersion", program_id=program["id"])
    values = {"program_id": program["id"], "version_id": version["id"], "model_id": program["model_id"]}
    made = await installation.session.create(Execution.begin, {**values, "inputs": {"ticket": "x"}, "owner_id": owner})
    await set_back(installation, Execution, made["id"], created_at=seconds)
    return made["id"]


async def set_back(installation: Installation, record: type, key: Any, **seconds: float) -> None:
    """Moves moments of a record into the past."""
    values = {name: before(timedelta(seconds=past)) for name, past in seconds.items()}
    async with installation.session.transaction() as inner:
        await inner.as_system("the clock is moved").writer.update(inner.domain.of(record), equals(id=key), values)


async def status(installation: Installation, key: Any) -> str:
    (row,) = await installation.rows("Execution", id=key)
    return str(row["status"])


async def swept(installation: Installation) -> None:
    """The repeating job, queued and run once."""
    async with installation.session.transaction() as inner:
        await queue_jobs(inner.domain.action("Execution", "give_up_abandoned"), [JobRequest("Execution")], inner)
    (job,) = await installation.rows("Job", target_type="Execution", state=JobState.QUEUED)
    assert await run_job(installation.runtime.engine, job["id"], TIMING) is JobState.SUCCEEDED


async def test_what_nobody_ends_any_more_fails_as_abandoned(installation: Installation) -> None:
    heartbeat = Heartbeat(installation.domain, installation.runtime.layer)
    async with heartbeat.work() as dead:
        pass
    await heartbeat.close()
    keys = [await begun(installation, seconds=seconds, owner=owner) for seconds, owner in ((61, dead), (0, None))]
    lost, young = keys
    await swept(installation)
    assert await status(installation, lost) == "running"
    await set_back(installation, ProcessHeartbeat, dead, seen_at=61)
    await swept(installation)
    (ended,) = await installation.rows("Execution", id=lost)
    assert (str(ended["status"]), ended["error"]["code"]) == ("failed", "abandoned")
    assert [entry.type for entry in await installation.events(lost)] == ["execution.fail"]
    assert await status(installation, young) == "running"


async def test_one_that_takes_a_day_is_not_abandoned_while_its_process_lives(installation: Installation) -> None:
    async with installation.runtime.heartbeat.work() as owner:
        slow = await begun(installation, seconds=86_400, owner=owner)
        await swept(installation)
        assert await status(installation, slow) == "running"


async def test_one_whose_end_could_not_be_written_is_abandoned_though_its_process_lives(
    installation: Installation, model_server: ModelServer
) -> None:
    given = {"name": unique("corp"), "provider": "openai_compatible", "model": "m", "api_base": model_server.url}
    model = (await installation.rest.act("LanguageModel.create", **given, num_retries=0)).made
    program = await a_program(installation.rest, TEXT, model_id=model["id"])
    impatient = installation.settings.model_copy(update={"write_lock_seconds": 0.1})
    async with opened(impatient) as other, installation.session.transaction() as holder:
        gate = model_server.hold(after=0)
        asking = asyncio.create_task(other.rest.act("Program.execute", program["id"], inputs={"ticket": "x"}))
        await asyncio.to_thread(model_server.arrived.wait, PATIENCE)
        (lost,) = await installation.rows("Execution", program_id=program["id"])
        await holder.get(Execution, lost["id"], Query().locked())
        gate.open.set()
        assert [fault.code for fault in (await asking).faults] == ["record_locked"]
        assert (await other.rest.act("Program.execute", program["id"], inputs={"ticket": "y"})).faults == ()
    _, ended = await installation.rows("Execution", program_id=program["id"])
    assert str(ended["status"]) == "succeeded"
    assert ended["owner_id"] != lost["owner_id"]
    await set_back(installation, ProcessHeartbeat, lost["owner_id"], seen_at=61)
    await set_back(installation, Execution, lost["id"], created_at=61)
    await swept(installation)
    assert await status(installation, lost["id"]) == "failed"


async def test_there_may_be_more_than_one_batch(installation: Installation, monkeypatch: Any) -> None:
    monkeypatch.setattr(give_up_abandoned, "BATCH", 2)
    old = [await begun(installation, seconds=70) for _ in range(5)]
    await swept(installation)
    assert [await status(installation, key) for key in old] == ["failed"] * 5


def test_it_is_asked_for_every_minute(installation: Installation) -> None:
    job = repeating(installation.domain)["Execution.give_up_abandoned"].job
    assert job is not None
    assert job.schedule == "every 60 seconds"
