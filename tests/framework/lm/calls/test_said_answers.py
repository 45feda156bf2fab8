"""What becomes of answers that models really give: cut off, filtered, with signs nobody can store, steps not whole."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import pytest

from framework.errors import Failure
from framework.lm.calls.call import Answer, Call, CallContext
from framework.lm.calls.execute import LmLayer
from framework.lm.calls.replay import MemoryReplayCache
from framework.lm.calls.run_memory import RunMemory
from framework.lm.models.model import ModelDefinition
from framework.lm.modules.acting import ReAct
from framework.lm.modules.answering import ChainOfThought, Predict
from framework.lm.modules.module import ModuleSpec
from framework.lm.modules.trying import BestOfN
from framework.lm.programs.program import ProgramDefinition
from framework.lm.programs.tools import AllowedTools
from framework.lm.signatures.grammar import parse_signature
from framework.testing.model_server import Fault, ModelServer
from framework.types.json_values import json_issues

HERE = "tests.framework.lm.toolbox"
PREDICT = Predict()
END = "\n\n[[ ## completed ## ]]"


def chat(**fields: Any) -> str:
    """An answer in the chat layout."""
    return "\n\n".join(f"[[ ## {name} ## ]]\n{value}" for name, value in fields.items()) + END


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


@pytest.fixture
async def layer() -> AsyncIterator[LmLayer]:
    made = LmLayer(tools=AllowedTools((f"{HERE}:*",)))
    yield made
    await made.aclose()


def call(server: ModelServer, text: str, module: ModuleSpec = PREDICT, *tools: str) -> Call:
    """A question to a program that the server answers for."""
    program = ProgramDefinition("ask", parse_signature(text), module, tuple(f"{HERE}:{tool}" for tool in tools))
    return Call(program, {"q": "x"}, ModelDefinition("corp", "openai_compatible", "some-model", server.url))


async def outcome(layer: LmLayer, asked: Call) -> Any:
    """The outputs, or the code of the failure."""
    (answer,) = await layer.execute([asked])
    return answer.outputs if isinstance(answer, Answer) else answer.issues[0].code


async def test_an_answer_that_a_filter_ended_is_a_failure_of_its_own(server: ModelServer, layer: LmLayer) -> None:
    """What came may be read, as the rest has a default; it is half an answer all the same."""
    asked = call(server, "q -> a, sure: float = 0.5")
    server.say("[[ ## a ## ]]\nFirst mix the two parts, then", finish_reason="content_filter")
    assert await outcome(layer, asked) == "model_content_filtered"
    server.say("[[ ## a ## ]]\nFirst mix the two parts, then", finish_reason="length")
    assert await outcome(layer, asked) == "model_output_invalid"


async def test_half_an_answer_stays_one_when_a_run_asks_again(server: ModelServer, layer: LmLayer) -> None:
    asked = replace(call(server, "q -> a"), context=CallContext(RunMemory(MemoryReplayCache())))
    server.say(chat(a="First mix the two parts"), finish_reason="length")
    assert [await outcome(layer, asked) for _ in range(2)] == ["model_output_invalid"] * 2
    assert server.calls == 1


BEST = BestOfN(n=3, threshold=0.9, reward_field="s")


async def test_an_attempt_that_was_cut_off_does_not_win(server: ModelServer, layer: LmLayer) -> None:
    server.say(chat(a="cut o", s="0.8"), finish_reason="length")
    server.say(chat(a="whole", s="0.1"), chat(a="also whole", s="0.05"))
    assert await outcome(layer, call(server, "q -> a, s: Score", BEST)) == {"a": "whole", "s": 0.1}


async def test_an_attempt_that_was_cut_off_takes_nothing_from_another(server: ModelServer, layer: LmLayer) -> None:
    server.say(chat(a="whole", s="0.2"), chat(a="best", s="0.8"))
    server.say(chat(a="cut o", s="0.1"), finish_reason="length")
    assert await outcome(layer, call(server, "q -> a, s: Score", BEST)) == {"a": "best", "s": 0.8}


async def test_attempts_that_were_all_cut_off_are_a_failure(server: ModelServer, layer: LmLayer) -> None:
    server.say(*[chat(a="cut o", s="0.8")] * 3, finish_reason="content_filter")
    assert await outcome(layer, call(server, "q -> a, s: Score", BEST)) == "model_content_filtered"


@pytest.mark.parametrize("sign", ["\x00", "\ud83d"])
async def test_what_cannot_be_stored_beside_the_outputs_is_replaced(
    sign: str, server: ModelServer, layer: LmLayer
) -> None:
    server.say(chat(reasoning=f"because{sign} of", a="Paris"))
    (answer,) = await layer.execute([call(server, "q -> a", ChainOfThought())])
    assert isinstance(answer, Answer)
    assert (answer.outputs, answer.details) == ({"a": "Paris"}, {"reasoning": "because\ufffd of"})


@pytest.mark.parametrize("sign", ["\x00", "\ud83d"])
async def test_an_output_that_cannot_be_stored_is_no_answer(sign: str, server: ModelServer, layer: LmLayer) -> None:
    server.say(chat(a=f"Pa{sign}ris"))
    assert await outcome(layer, call(server, "q -> a")) == "model_output_invalid"


async def test_what_an_endpoint_does_not_say_of_its_usage_is_not_known(server: ModelServer, layer: LmLayer) -> None:
    server.fail(Fault.UNMETERED)
    (answer,) = await layer.execute([call(server, "q -> a")])
    assert isinstance(answer, Answer)
    assert (answer.tokens_in, answer.tokens_out, answer.cost_usd) == (None, None, None)


async def test_a_failure_names_the_fields_that_cannot_be_read(server: ModelServer, layer: LmLayer) -> None:
    server.say(*[chat(team="neither", n="secret")] * 2)
    (failure,) = await layer.execute([call(server, "q -> team: Literal['a', 'b'], n: int, city")])
    assert isinstance(failure, Failure)
    assert failure.issues[0].params["fields"] == []
    server.say(chat(team="neither", n="secret"), '{"team": "neither", "n": "secret"}')
    (failure,) = await layer.execute([call(server, "q -> team: Literal['a', 'b'], n: int, city")])
    assert isinstance(failure, Failure)
    assert failure.issues[0].params["fields"] == ["team", "n", "city"]
    assert "secret" not in str(failure)


async def test_a_failure_says_nothing_that_cannot_be_sent(server: ModelServer, layer: LmLayer) -> None:
    wrong = '{"x": 1, "y\\ud83d": 2}'
    server.say(chat(a=wrong), f'{{"a": {wrong}}}')
    (failure,) = await layer.execute([call(server, "q -> a: {x: int}")])
    assert isinstance(failure, Failure)
    assert "there is no part `y\ufffd`" in str(failure)
    assert list(json_issues([failure.issues[0].message, failure.issues[0].params, str(failure)])) == []


def step(tool: str, arguments: str | None, thought: str = "t") -> str:
    """A step of ReAct; without arguments it does not even say that there are none."""
    said = {"next_thought": thought, "next_tool_name": tool}
    return chat(**said) if arguments is None else chat(**said, next_tool_args=arguments)


LAST = (step("finish", "{}"), chat(reasoning="r", a="x"))


@pytest.mark.parametrize(
    ("first", "told"),
    [
        (step("lookup", '{"a": 1}'), "LookupError: there is no such tool; the tools are add, finish"),
        (step("add", None), "TypeError: add() missing 2 required positional arguments: 'a' and 'b'"),
        (step("add", "a=1, b=2"), "TypeError: the arguments are not a JSON object"),
        (step("add", "[1, 2]"), "TypeError: the arguments are not a JSON object"),
        (step("add", '{"c": 1}'), "ValueError: Arg c is not in the tool's args."),
    ],
)
async def test_a_step_that_is_not_whole_is_told_to_the_model(
    first: str, told: str, server: ModelServer, layer: LmLayer
) -> None:
    server.say(first, *LAST)
    (answer,) = await layer.execute([call(server, "q -> a", ReAct(), "add")])
    assert isinstance(answer, Answer), answer
    assert answer.outputs == {"a": "x"}
    assert told in str(answer.details["trajectory"])
    assert server.calls == 3


async def test_arguments_with_names_that_nobody_can_write_are_kept_as_far_as_they_can_be(
    server: ModelServer, layer: LmLayer
) -> None:
    server.say(step("add", '{"where": {"\\ud83d": 1}}'), *LAST)
    (answer,) = await layer.execute([call(server, "q -> a", ReAct(), "add")])
    assert isinstance(answer, Answer), answer
    assert answer.details["trajectory"][0]["tool_args"] == {"where": {"\ufffd": 1}}


@pytest.mark.parametrize("tool", ["binary", "nul", "not_a_number", "huge", "deep", "thing"])
async def test_a_result_that_cannot_be_kept_is_told_as_text(tool: str, server: ModelServer, layer: LmLayer) -> None:
    server.say(step(tool, "{}"), *LAST)
    (answer,) = await layer.execute([call(server, "q -> a", ReAct(), tool)])
    assert isinstance(answer, Answer), answer
    assert answer.outputs == {"a": "x"}
    assert list(json_issues(answer.details)) == []


async def test_a_tool_that_fails_tells_what_and_not_where(server: ModelServer, layer: LmLayer) -> None:
    server.say(step("broken", '{"text": "x"}'), step("missing", "{}"), *LAST)
    (answer,) = await layer.execute([call(server, "q -> a", ReAct(), "broken", "missing")])
    assert isinstance(answer, Answer), answer
    trajectory = str(answer.details["trajectory"])
    assert "Execution error in broken: RuntimeError: the lookup is down" in trajectory
    assert "Execution error in missing: FileNotFoundError: No such file or directory" in trajectory
    for said in (trajectory, *server.asked):
        assert "Traceback" not in said
        assert ".py" not in said
        assert "/srv" not in said
