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
from tests.installation.making import a_program
from tests.installation.place import TIMING, Place


async def begun(place: Place, *, minutes: float) -> Any:
    """The id of an execution that began so long ago and has not ended."""
    program = await a_program(place.rest)
    (version,) = await place.rows("ProgramVersion", program_id=program["id"])
    values = {"program_id": program["id"], "version_id": version["id"], "model_id": program["model_id"]}
    made = await place.session.create(Execution.begin, {**values, "inputs": {"ticket": "x"}})
    async with place.session.transaction() as inner:
        mine = Compare(Comparison.EQ, Ref("id"), Value(made["id"]))
        earlier = {"created_at": made["created_at"] - timedelta(minutes=minutes)}
        await inner.writer.update(inner.domain.of(Execution), mine, earlier)
    return made["id"]


async def swept(place: Place) -> None:
    """The repeating job, queued and run once."""
    async with place.session.transaction() as inner:
        await queue_jobs(inner.domain.action("Execution", "give_up_abandoned"), [JobRequest("Execution")], inner)
    (job,) = await place.rows("Job", target_type="Execution", state=JobState.QUEUED)
    assert await run_job(place.runtime.engine, job["id"], TIMING) is JobState.SUCCEEDED


async def test_what_nobody_ends_any_more_fails_as_abandoned(place: Place) -> None:
    old, young = await begun(place, minutes=16), await begun(place, minutes=14)
    await swept(place)
    (ended,) = await place.rows("Execution", id=old)
    assert (str(ended["status"]), ended["error"]["code"]) == ("failed", "abandoned")
    assert [entry.type for entry in await place.events(old)] == ["execution.fail"]
    (still,) = await place.rows("Execution", id=young)
    assert str(still["status"]) == "running"


async def test_there_may_be_more_than_one_batch(place: Place, monkeypatch: Any) -> None:
    monkeypatch.setattr(give_up_abandoned, "BATCH", 2)
    old = [await begun(place, minutes=20) for _ in range(5)]
    await swept(place)
    assert [str((await place.rows("Execution", id=key))[0]["status"]) for key in old] == ["failed"] * 5


def test_it_is_asked_for_every_minute(place: Place) -> None:
    entry = beat_entries(place.domain)["Execution.give_up_abandoned"]
    assert (entry["schedule"], entry["args"]) == (60.0, ["Execution", "give_up_abandoned"])
