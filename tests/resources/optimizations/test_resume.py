"""A search whose worker dies is taken up again: it tells nothing twice, asks nothing twice and ends alike."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from framework.events.entry import Interest
from framework.expr.nodes import Arithmetic, Call, Compare, Comparison, Function, Operator, Ref, Value
from framework.jobs.job import Job, JobState
from framework.jobs.job_run import LeaseTiming
from framework.jobs.reaper import reap
from framework.testing.model_server import Gate, ModelServer
from framework.testing.until import until
from resources.optimizations.optimization import Optimizer
from tests.installation.installation import Installation
from tests.installation.making import unique
from tests.resources.optimizations.small import ENDED, PROGRESS, started, told

NAMES = [str(optimizer) for optimizer in Optimizer]
NEVER_RENEWED = LeaseTiming(lease=10.0, heartbeat=3600.0, look=0.02)
KEPT = ("baseline_score", "optimized_score", "best_score", "result_number", "calls", "tokens_in", "tokens_out", "notes")


async def died(installation: Installation, run: Any, *, after: int) -> bool:
    """Runs the job until so many more reports are out, and ends it where it stands, as a dying process does.

    Whether it died: on a machine that is busy elsewhere the job may come to its end first.
    """
    wanted = len(await told(installation, run)) + after
    running = asyncio.create_task(installation.run("Optimization", run["id"]))
    reporting = asyncio.create_task(_reported(installation, run, wanted))
    await asyncio.wait({running, reporting}, return_when=asyncio.FIRST_COMPLETED)
    reporting.cancel()
    if running.done():
        assert await running is JobState.SUCCEEDED
        return False
    await ended(running)
    assert (await installation.job_of("Optimization", run["id"]))["state"] is JobState.RUNNING
    return True


async def ended(running: asyncio.Task[Any]) -> None:
    """Ends a task where it stands."""
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def _reported(installation: Installation, run: Any, wanted: int) -> None:
    interest = Interest(frozenset({PROGRESS}), run["id"])
    async with aclosing(installation.runtime.feed.subscribe(interest, "0.0")) as entries:
        for _ in range(wanted):
            await anext(entries)


async def reaped(installation: Installation, run: Any) -> None:
    """The lease runs out, and the reaper gives the job back."""
    job = await installation.job_of("Optimization", run["id"])
    async with installation.session.transaction() as inner:
        mine = Compare(Comparison.EQ, Ref("id"), Value(job["id"]))
        past = Arithmetic(Operator.ADD, Call(Function.NOW), Value(timedelta(seconds=-1)))
        await inner.writer.update(inner.domain.of(Job), mine, {"lease_expires_at": past})
    # A worker that is writing this very moment is left out, and looked at the next time.
    await until(lambda: _queued(installation, run))


async def _queued(installation: Installation, run: Any) -> bool:
    await reap(installation.runtime.engine, installation.runtime.dispatcher)
    return (await installation.job_of("Optimization", run["id"]))["state"] is JobState.QUEUED


async def outcome(installation: Installation, run: Any) -> tuple[Any, ...]:
    """All that is to be the same."""
    ended = (await installation.rest.get("Optimization", run["id"])).made
    versions = await installation.rows("ProgramVersion", program_id=run["program_id"])
    trials = await installation.rows("Trial", optimization_id=run["id"])
    return (
        {name: ended[name] for name in KEPT},
        [version["state"] for version in versions],
        [(trial["number"], trial["score"], trial["candidate"]) for trial in trials],
        [dict(report) for report in await told(installation, run)],
        [dict(entry.data) for entry in await installation.events(run["id"], ENDED)],
    )


@pytest.mark.parametrize("name", NAMES)
async def test_a_search_that_is_taken_up_again_ends_like_one_that_was_not_disturbed(
    name: str, installation: Installation
) -> None:
    whole, broken = await started(installation.rest, name), await started(installation.rest, name)
    assert await installation.run("Optimization", whole["id"]) is JobState.SUCCEEDED
    reports = len(await told(installation, whole))
    cut_off = await died(installation, broken, after=reports // 2)
    if cut_off:
        await reaped(installation, broken)
        assert await installation.run("Optimization", broken["id"]) is JobState.SUCCEEDED
    assert await outcome(installation, broken) == await outcome(installation, whole)
    assert (await installation.job_of("Optimization", broken["id"]))["attempt"] == 1 + cut_off


async def held_up(installation: Installation, run: Any, gate: Gate) -> bool:
    """Whether the job waits for its model, with all that was answered before on record."""
    job = await installation.job_of("Optimization", run["id"])
    return gate.waited_at.is_set() and job["attempts_without_progress"] == 0


async def asking(installation: Installation, server: ModelServer) -> Any:
    """The model that the endpoint is, declared."""
    given = {"name": unique("corp"), "provider": "openai_compatible", "model": "m", "api_base": server.url}
    return (await installation.rest.act("LanguageModel.create", **given)).made


async def test_it_may_die_more_often_than_it_has_attempts_as_long_as_it_gets_on(
    installation: Installation, model_server: ModelServer
) -> None:
    model = await asking(installation, model_server)
    whole, broken = [await started(installation.rest, "gepa", model_id=model["id"]) for _ in range(2)]
    await installation.run("Optimization", whole["id"])
    deaths = (await installation.job_of("Optimization", broken["id"]))["max_attempts"] + 1
    for _ in range(deaths):
        gate = model_server.hold(after=3)
        running = asyncio.create_task(installation.run("Optimization", broken["id"]))
        await until(partial(held_up, installation, broken, gate), seconds=30)
        await ended(running)
        await reaped(installation, broken)
    model_server.hold(after=0).open.set()
    assert await installation.run("Optimization", broken["id"]) is JobState.SUCCEEDED
    assert await outcome(installation, broken) == await outcome(installation, whole)


async def _kept(installation: Installation, run: Any) -> bool:
    return bool(await installation.rows("RecordedCall", optimization_id=run["id"]))


async def test_what_is_on_record_is_not_asked_again(installation: Installation, model_server: ModelServer) -> None:
    model = await asking(installation, model_server)
    name = "bootstrap_few_shot_with_random_search"
    run = await started(installation.rest, name, model_id=model["id"], concurrency=1)
    gate = model_server.hold(after=8)
    running = asyncio.create_task(installation.run("Optimization", run["id"]))
    await until(gate.waited_at.is_set, seconds=30)
    await until(partial(_kept, installation, run), seconds=30)
    await ended(running)
    kept = len(await installation.rows("RecordedCall", optimization_id=run["id"]))
    before = model_server.calls
    gate.open.set()
    await reaped(installation, run)
    assert await installation.run("Optimization", run["id"]) is JobState.SUCCEEDED
    assert model_server.calls - before == len(model_server.asked) - kept
    # Nobody asks for them any more.
    assert not await _kept(installation, run)


async def test_a_worker_that_was_given_up_cannot_end_the_run(
    installation: Installation, model_server: ModelServer
) -> None:
    """It still runs when another has taken over: nothing that it does counts any more."""
    model = await asking(installation, model_server)
    run = await started(installation.rest, "gepa", model_id=model["id"])
    gate = model_server.hold(after=3)
    slow = asyncio.create_task(installation.run("Optimization", run["id"], NEVER_RENEWED))
    await until(gate.waited_at.is_set, seconds=30)
    await reaped(installation, run)
    gate.open.set()
    assert await installation.run("Optimization", run["id"]) is JobState.SUCCEEDED
    assert await asyncio.wait_for(slow, 30) is None
    assert len(await installation.events(run["id"], ENDED)) == 1
    numbers = [trial["number"] for trial in await installation.rows("Trial", optimization_id=run["id"])]
    assert numbers == list(range(1, len(numbers) + 1))
