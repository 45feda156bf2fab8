"""An evaluation that is paused and resumed asks for what is missing, and ends like one that was not disturbed."""

from __future__ import annotations

import asyncio

from framework.jobs.job import JobState
from framework.testing.model_server import ModelServer
from framework.testing.until import PATIENCE, until
from tests.installation.answer import Client
from tests.installation.installation import Installation
from tests.resources.evaluations.test_evaluation import a_model, started

KEPT = ("state", "n", "failed", "score", "score_low", "score_high", "interval_method", "tokens_in", "tokens_out")


async def test_one_that_was_paused_asks_for_the_rest_and_ends_like_one_that_was_not_disturbed(
    client: Client, installation: Installation, model_server: ModelServer
) -> None:
    model = await a_model(client, model_server)
    whole, broken = [await started(client, model_id=model, concurrency=1) for _ in range(2)]
    assert await installation.run("Evaluation", whole["id"]) is JobState.SUCCEEDED
    before = model_server.calls
    gate = model_server.hold(after=4)
    running = asyncio.create_task(installation.run("Evaluation", broken["id"]))
    await until(gate.waited_at.is_set)
    assert (await client.act("Evaluation.pause", broken["id"])).made["state"] == "pausing"
    assert await asyncio.wait_for(running, PATIENCE) is JobState.PAUSED
    assert (await client.get("Evaluation", broken["id"])).made["state"] == "paused"
    assert len(await installation.rows("Execution", evaluation_id=broken["id"])) == 4
    gate.open.set()
    assert (await client.act("Evaluation.resume", broken["id"])).made["state"] == "queued"
    assert await installation.run("Evaluation", broken["id"]) is JobState.SUCCEEDED
    ended, undisturbed = [(await client.get("Evaluation", run["id"])).made for run in (broken, whole)]
    assert {name: ended[name] for name in KEPT} == {name: undisturbed[name] for name in KEPT}
    # The one that was under way when it was paused is asked for again.
    assert model_server.calls - before == 12 + 1
    job = await installation.job_of("Evaluation", broken["id"])
    assert (job["attempt"], job["attempts_without_progress"]) == (2, 0)


async def test_one_that_waits_is_paused_at_once_and_goes_on_when_it_is_resumed(
    client: Client, installation: Installation
) -> None:
    run = await started(client)
    await client.act("Evaluation.pause", run["id"])
    assert (await client.get("Evaluation", run["id"])).made["state"] == "paused"
    assert await installation.run("Evaluation", run["id"]) is None
    await client.act("Evaluation.resume", run["id"])
    assert await installation.run("Evaluation", run["id"]) is JobState.SUCCEEDED
    moves = ("pause", "hold", "resume", "begin", "finish")
    told = [entry.type for entry in await installation.events(run["id"], *(f"evaluation.{move}" for move in moves))]
    assert sorted(told) == sorted(f"evaluation.{move}" for move in moves)
