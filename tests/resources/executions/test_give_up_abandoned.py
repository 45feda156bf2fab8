"""Executions that a dead process left running."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from framework.expr.nodes import Compare, Comparison, Ref, Value
from framework.jobs.celery_app import beat_entries
from framework.jobs.job import JobState
from framework.jobs.queueing import JobRequest, queue_jobs
from framework.jobs.runner import run_job
from resources.executions import give_up_abandoned
from resources.executions.execution import Execution
from tests.installation.installation import TIMING, Installation
from tests.installation.making import a_program


async def begun(installation: Installation, *, minutes: float) -> Any:
    """The id of an execution that began so long ago and has not ended."""
    program = await a_program(installation.rest)
    (version,) = await installation.rows("ProgramVersion", program_id=program["id"])
    values = {"program_id": program["id"], "version_id": version["id"], "model_id": program["model_id"]}
    made = await installation.session.create(Execution.begin, {**values, "inputs": {"ticket": "x"}})
    async with installation.session.transaction() as inner:
        mine = Compare(Comparison.EQ, Ref("id"), Value(made["id"]))
        earlier = {"created_at": made["created_at"] - timedelta(minutes=minutes)}
        await inner.writer.update(inner.domain.of(Execution), mine, earlier)
    return made["id"]


async def swept(installation: Installation) -> None:
    """The repeating job, queued and run once."""
    async with installation.session.transaction() as inner:
        await queue_jobs(inner.domain.action("Execution", "give_up_abandoned"), [JobRequest("Execution")], inner)
    (job,) = await installation.rows("Job", target_type="Execution", state=JobState.QUEUED)
    assert await run_job(installation.runtime.engine, job["id"], TIMING) is JobState.SUCCEEDED


async def test_what_nobody_ends_any_more_fails_as_abandoned(installation: Installation) -> None:
    old, young = await begun(installation, minutes=16), await begun(installation, minutes=14)
    await swept(installation)
    (ended,) = await installation.rows("Execution", id=old)
    assert (str(ended["status"]), ended["error"]["code"]) == ("failed", "abandoned")
    assert [entry.type for entry in await installation.events(old)] == ["execution.fail"]
    (still,) = await installation.rows("Execution", id=young)
    assert str(still["status"]) == "running"


async def test_there_may_be_more_than_one_batch(installation: Installation, monkeypatch: Any) -> None:
    monkeypatch.setattr(give_up_abandoned, "BATCH", 2)
    old = [await begun(installation, minutes=20) for _ in range(5)]
    await swept(installation)
    assert [str((await installation.rows("Execution", id=key))[0]["status"]) for key in old] == ["failed"] * 5


def test_it_is_asked_for_every_minute(installation: Installation) -> None:
    entry = beat_entries(installation.domain)["Execution.give_up_abandoned"]
    assert (entry["schedule"], entry["args"]) == (60.0, ["Execution", "give_up_abandoned"])
