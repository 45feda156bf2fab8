"""A search that is paused and resumed ends like one that was not disturbed, and asks nothing twice."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from framework.jobs.job import JobState
from framework.testing.model_server import ModelServer
from framework.testing.until import PATIENCE, until
from tests.installation.answer import Client
from tests.installation.installation import Installation
from tests.resources.optimizations.small import ENDED, started
from tests.resources.optimizations.test_resume import NAMES, asking, outcome

PAUSED = "optimization.run.paused"


async def paused(client: Client, installation: Installation, server: ModelServer, run: Any, *, after: int) -> None:
    """Runs the search until so many more questions are answered, and pauses it while it waits for the next."""
    gate = server.hold(after=after)
    running = asyncio.create_task(installation.run("Optimization", run["id"]))
    await until(gate.waited_at.is_set, seconds=30)
    assert (await client.act("Optimization.pause", run["id"])).made["state"] == "pausing"
    assert await asyncio.wait_for(running, PATIENCE) is JobState.PAUSED
    assert (await client.get("Optimization", run["id"])).made["state"] == "paused"
    server.hold(after=0).open.set()


@pytest.mark.parametrize("name", NAMES)
async def test_a_search_that_was_paused_twice_ends_like_one_that_was_not_disturbed(
    name: str, client: Client, installation: Installation, model_server: ModelServer
) -> None:
    model = await asking(installation, model_server)
    whole, broken = [await started(installation.rest, name, model_id=model["id"]) for _ in range(2)]
    assert await installation.run("Optimization", whole["id"]) is JobState.SUCCEEDED
    for after in (2, 5):
        await paused(client, installation, model_server, broken, after=after)
        assert (await client.act("Optimization.resume", broken["id"])).made["state"] == "queued"
    assert await installation.run("Optimization", broken["id"]) is JobState.SUCCEEDED
    assert await outcome(installation, broken) == await outcome(installation, whole)
    job = await installation.job_of("Optimization", broken["id"])
    assert (job["attempt"], job["attempts_without_progress"]) == (3, 0)
    assert len(await installation.events(broken["id"], PAUSED)) == 2
    moves = ("pause", "hold", "resume")
    told = [entry.type for entry in await installation.events(broken["id"], *(f"optimization.{m}" for m in moves))]
    assert told == [f"optimization.{move}" for move in moves] * 2


async def test_what_was_answered_before_the_pause_is_not_asked_again(
    installation: Installation, model_server: ModelServer
) -> None:
    model = await asking(installation, model_server)
    name = "bootstrap_few_shot_with_random_search"
    run = await started(installation.rest, name, model_id=model["id"], concurrency=1)
    await paused(installation.rest, installation, model_server, run, after=8)
    kept = len(await installation.rows("RecordedCall", optimization_id=run["id"]))
    assert kept == 8
    await installation.rest.act("Optimization.resume", run["id"])
    before = model_server.calls
    assert await installation.run("Optimization", run["id"]) is JobState.SUCCEEDED
    assert model_server.calls - before == len(model_server.asked) - kept


async def test_one_that_waits_is_paused_at_once_and_one_that_is_paused_is_cancelled_at_once(
    client: Client, installation: Installation
) -> None:
    run = await started(client, "gepa")
    await client.act("Optimization.pause", run["id"])
    assert (await client.get("Optimization", run["id"])).made["state"] == "paused"
    assert (await installation.job_of("Optimization", run["id"]))["state"] is JobState.PAUSED
    assert await installation.run("Optimization", run["id"]) is None
    await client.act("Optimization.cancel", run["id"])
    assert (await client.get("Optimization", run["id"])).made["state"] == "cancelled"
    assert [entry.data["state"] for entry in await installation.events(run["id"], ENDED)] == ["cancelled"]


async def test_what_cannot_be_paused_or_resumed_is_refused_and_leaves_no_trace(
    client: Client, installation: Installation
) -> None:
    run = await started(client, "gepa")
    for done, refused, state in (
        (None, ("resume",), "queued"),
        ("pause", ("pause",), "paused"),
        ("resume", ("resume",), "queued"),
        ("cancel", ("pause", "resume"), "cancelled"),
    ):
        if done is not None:
            await client.act(f"Optimization.{done}", run["id"])
        async with installation.unchanged():
            assert {await refusal(client, f"Optimization.{each}", run["id"]) for each in refused} == {state}


async def refusal(client: Client, action: str, key: Any) -> str:
    """The state for which it is refused."""
    fault = (await client.act(action, key)).fault
    assert fault.at == ("illegal_transition", "id")
    return str(fault.params["state"])
