"""What one model or one program's tools hold up is held up for nobody else, and what is not used any more is let go."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from framework.errors import Failure
from framework.lm.calls.bounds import Bounds
from framework.lm.calls.call import Answer, Call
from framework.lm.calls.execute import LmLayer
from framework.lm.evaluation.evaluate import evaluate
from framework.lm.models.model import OFFLINE, ModelDefinition
from framework.lm.modules.acting import ReAct
from framework.lm.programs.program import ProgramDefinition
from framework.lm.programs.tools import AllowedTools
from framework.lm.signatures.grammar import parse_signature
from framework.testing.model_server import Fault, ModelServer
from framework.testing.until import PATIENCE
from tests.framework.lm import toolbox
from tests.framework.lm.triage import METRIC, PROGRAM, examples, subject

HERE = "tests.framework.lm.toolbox"
AGENT = ProgramDefinition("agent", parse_signature("question: str -> answer: int"), ReAct(), (f"{HERE}:add",))
STUCK = replace(AGENT, name="stuck", tools=(f"{HERE}:stuck",))
SUM = {"question": "add the numbers 17 and 25"}
FEW = Bounds(model_calls=3, tool_threads=2, wait_seconds=0, idle_seconds=0)


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


def model(server: ModelServer, name: str = "corp") -> ModelDefinition:
    return ModelDefinition(name, "openai_compatible", "some-model", server.url, num_retries=0)


def layer(bounds: Bounds = FEW) -> LmLayer:
    return LmLayer(tools=AllowedTools((f"{HERE}:*",)), bounds=bounds)


async def test_hanging_agents_of_one_model_hold_up_no_other_model(server: ModelServer) -> None:
    """As many as there used to be threads for all programs with tools."""
    server.fail(Fault.HANG)
    asked = layer(Bounds(wait_seconds=0))
    hanging = [asyncio.ensure_future(asked.execute([Call(AGENT, SUM, model(server))])) for _ in range(80)]
    await asyncio.to_thread(server.arrived.wait, PATIENCE)
    assert all(isinstance(answer, Answer) for answer in await asked.execute([Call(AGENT, SUM, OFFLINE)]))
    assert not any(call.done() for call in hanging)
    await cancelled(hanging)


async def test_a_model_of_which_enough_calls_are_under_way_is_busy(server: ModelServer) -> None:
    server.fail(Fault.HANG)
    asked = layer()
    hanging = [asyncio.ensure_future(asked.execute([Call(AGENT, SUM, model(server))])) for _ in range(3)]
    await asyncio.to_thread(server.arrived.wait, PATIENCE)
    [failure] = await asked.execute([Call(PROGRAM, {"ticket": "hello"}, model(server))])
    assert isinstance(failure, Failure)
    assert (failure.issues[0].code, failure.issues[0].params["retry_after"]) == ("model_busy", 1)
    await cancelled(hanging)
    server.fail(None)
    assert isinstance((await asked.execute([Call(PROGRAM, {"ticket": "hello"}, model(server))]))[0], Answer)


async def test_hanging_tools_keep_their_threads_and_no_others() -> None:
    asked = layer()
    toolbox.RELEASED.clear()
    calls = [asyncio.ensure_future(asked.execute([Call(STUCK, {"question": "hello"}, OFFLINE)])) for _ in range(2)]
    for _ in calls:
        await asyncio.to_thread(toolbox.ENTERED.acquire)
    await cancelled(calls)
    [failure] = await asked.execute([Call(STUCK, {"question": "hello"}, OFFLINE)])
    assert isinstance(failure, Failure)
    assert failure.issues[0].code == "tools_busy"
    assert isinstance((await asked.execute([Call(AGENT, SUM, OFFLINE)]))[0], Answer)
    toolbox.RELEASED.set()


async def test_an_evaluation_waits_for_its_turn() -> None:
    report = await evaluate(layer(), subject(), examples=examples(12), metric=METRIC)
    assert (report.n, report.failed) == (12, 0)


async def test_a_call_that_is_given_up_hangs_up(server: ModelServer) -> None:
    server.fail(Fault.HANG)
    asked = layer()
    call = asyncio.ensure_future(asked.execute([Call(AGENT, SUM, model(server))]))
    await asyncio.to_thread(server.arrived.wait, PATIENCE)
    await cancelled([call])
    assert await asyncio.to_thread(server.hung_up.wait, PATIENCE)


async def test_the_connections_of_a_model_that_was_changed_are_let_go(server: ModelServer) -> None:
    asked = layer(replace(FEW, model_calls=100))
    for edit in range(20):
        definition = replace(model(server), timeout_seconds=30.0 + edit)
        calls = [Call(PROGRAM, {"ticket": str(number)}, definition) for number in range(4)]
        assert all(isinstance(answer, Answer) for answer in await asked.execute(calls))
    await asyncio.to_thread(server.has_open, 4)
    await asked.aclose()


async def cancelled(calls: Sequence[asyncio.Future[list[Answer | Failure]]]) -> None:
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
