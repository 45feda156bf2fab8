from __future__ import annotations

import asyncio

import pytest

from framework.lm.calls.cancellation import Cancellation
from framework.lm.calls.execute import LmLayer
from framework.lm.models.model import ModelDefinition
from framework.lm.optimize.catalogue import OPTIMIZERS
from framework.lm.optimize.events import Event, Phase, PhaseName, StopReason, Trial
from framework.lm.optimize.optimize import optimize
from framework.testing.model_server import Fault, ModelServer
from framework.testing.until import PATIENCE
from tests.framework.lm.optimize.runs import run_of
from tests.framework.lm.triage import subject


@pytest.mark.parametrize("name", ["bootstrap_few_shot_with_random_search", "miprov2", "gepa"])
async def test_a_cancelled_run_gives_the_best_it_had(name: str) -> None:
    cancellation = Cancellation()

    async def cancel_after_the_second_trial(event: Event) -> None:
        if isinstance(event, Trial) and event.number == 2:
            cancellation.cancel()

    result = await optimize(LmLayer(), run_of(name), observe=cancel_after_the_second_trial, cancellation=cancellation)
    assert result.stop_reason is StopReason.CANCELLED
    assert result.best_state is not None
    assert result.baseline is not None
    assert result.optimized is None
    assert not result.improved
    assert result.state == run_of(name).subject.state


@pytest.mark.parametrize("name", OPTIMIZERS)
async def test_a_run_that_is_cancelled_before_it_starts_asks_nothing(name: str) -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    result = await optimize(LmLayer(), run_of(name), cancellation=cancellation)
    assert (result.stop_reason, result.spend.calls, result.trials) == (StopReason.CANCELLED, 0, ())


@pytest.mark.parametrize("name", OPTIMIZERS)
async def test_a_call_that_hangs_does_not_hold_up_the_end(name: str) -> None:
    """The endpoint never answers and may take ten minutes; the run ends anyway."""
    cancellation = Cancellation()
    with ModelServer() as server:
        model = ModelDefinition("corp", "openai_compatible", "m", server.url, timeout_seconds=600, num_retries=0)
        arrivals: list[asyncio.Future[None]] = []

        async def cancel_when_a_call_arrived() -> None:
            await asyncio.to_thread(server.arrived.wait, PATIENCE)
            cancellation.cancel()

        async def hang_in_the_search(event: Event) -> None:
            if event == Phase(PhaseName.SEARCHING):
                server.fail(Fault.HANG)
                server.arrived.clear()
                arrivals.append(asyncio.ensure_future(cancel_when_a_call_arrived()))

        running = optimize(
            LmLayer(), run_of(name, of=subject(model=model)), observe=hang_in_the_search, cancellation=cancellation
        )
        result = await asyncio.wait_for(running, PATIENCE)
    assert result.stop_reason is StopReason.CANCELLED


async def test_the_baseline_can_be_cancelled_in_the_middle_of_a_call() -> None:
    cancellation = Cancellation()
    with ModelServer() as server:
        server.fail(Fault.HANG)
        model = ModelDefinition("corp", "openai_compatible", "m", server.url, timeout_seconds=600, num_retries=0)
        running = asyncio.ensure_future(
            optimize(LmLayer(), run_of("gepa", of=subject(model=model)), cancellation=cancellation)
        )
        await asyncio.to_thread(server.arrived.wait, PATIENCE)
        cancellation.cancel()
        result = await asyncio.wait_for(running, PATIENCE)
    assert (result.stop_reason, result.baseline) == (StopReason.CANCELLED, None)


async def test_a_task_that_is_cancelled_leaves_no_search_behind() -> None:
    with ModelServer() as server:
        model = ModelDefinition("corp", "openai_compatible", "m", server.url)
        searching = asyncio.Event()

        async def note(event: Event) -> None:
            if isinstance(event, Trial):
                searching.set()

        task = asyncio.ensure_future(optimize(LmLayer(), run_of("gepa", of=subject(model=model)), observe=note))
        await asyncio.wait_for(searching.wait(), PATIENCE)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
