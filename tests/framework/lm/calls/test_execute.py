from __future__ import annotations

import asyncio

import pytest

from framework.errors import Failure, Invalid
from framework.lm.calls.call import Answer, Call, CallContext
from framework.lm.calls.execute import LmLayer
from framework.lm.models.model import OFFLINE, ModelDefinition, ModelParams
from framework.lm.models.spend import Usage
from framework.lm.modules.acting import ReAct
from framework.lm.modules.catalogue import module_from_json
from framework.lm.modules.trying import BestOfN
from framework.lm.programs.program import ProgramDefinition
from framework.lm.programs.tools import AllowedTools
from framework.lm.signatures.grammar import parse_signature
from tests.framework.lm.triage import PROGRAM, SIGNATURE

HERE = "tests.framework.lm.toolbox"
TICKET = {"ticket": "my technical question"}


async def one(layer: LmLayer, call: Call) -> Answer | Failure:
    [answer] = await layer.execute([call])
    return answer


async def right(layer: LmLayer, call: Call) -> Answer:
    answer = await one(layer, call)
    assert isinstance(answer, Answer), answer
    return answer


async def wrong(layer: LmLayer, call: Call) -> Failure:
    answer = await one(layer, call)
    assert isinstance(answer, Failure), answer
    return answer


@pytest.mark.parametrize("kind", ["predict", "chain_of_thought", "best_of_n"])
async def test_every_module_answers_with_declared_outputs(kind: str) -> None:
    program = ProgramDefinition("triage-ticket", SIGNATURE, module_from_json(kind))
    answer = await right(LmLayer(), Call(program, TICKET, OFFLINE))
    assert answer.outputs["team"] == "technical"
    assert set(answer.outputs) == {"team", "confidence"}
    assert ("reasoning" in answer.details) == (kind == "chain_of_thought")
    assert (answer.model, answer.calls, answer.cost_usd) == (OFFLINE.name, 1, 0.0)
    assert answer.tokens_in
    assert answer.tokens_out
    assert answer.tokens_in > answer.tokens_out


async def test_a_price_makes_the_cost_of_a_call() -> None:
    model = ModelDefinition("priced", input_price=2.0, output_price=10.0)
    answer = await right(LmLayer(), Call(PROGRAM, TICKET, model))
    assert answer.tokens_in
    assert answer.tokens_out
    assert answer.cost_usd == pytest.approx((2 * answer.tokens_in + 10 * answer.tokens_out) / 1_000_000)


async def test_each_call_to_the_model_is_told_with_its_latency() -> None:
    told: list[Usage] = []
    slow = ModelDefinition("slow", params=ModelParams(latency_ms=5))
    program = ProgramDefinition("t", SIGNATURE, BestOfN(n=2, threshold=2.0))
    await right(LmLayer(), Call(program, TICKET, slow, context=CallContext(on_usage=told.append)))
    assert [usage.model for usage in told] == ["slow", "slow"]
    assert all(usage.latency_ms >= 5 for usage in told)


async def test_a_bad_call_disturbs_no_other() -> None:
    calls = [Call(PROGRAM, inputs, OFFLINE) for inputs in ({"ticket": 3}, TICKET, {}, {**TICKET, "more": 1})]
    answers = await LmLayer().execute(calls)
    assert [isinstance(answer, Answer) for answer in answers] == [False, True, False, False]
    assert all(isinstance(answer, Invalid) for answer in answers if isinstance(answer, Failure))


async def test_outputs_that_break_the_signature_are_a_failure() -> None:
    signature = parse_signature("text: str -> tags: list[str][..1]")
    state = {"self": {"instructions": "x", "demos": [{"text": "refund", "tags": ["a", "b"]}]}}
    failure = await wrong(LmLayer(), Call(ProgramDefinition("tags", signature), {"text": "refund"}, OFFLINE, state))
    assert failure.issues[0].code == "model_output_invalid"
    assert "tags" in failure.issues[0].path


async def test_best_of_n_asks_until_the_reward_is_reached() -> None:
    named = BestOfN(n=3, threshold=2.0, reward_field="confidence")
    answer = await right(LmLayer(), Call(ProgramDefinition("t", SIGNATURE, named), TICKET, OFFLINE))
    assert answer.calls == 3


async def test_best_of_n_does_not_wear_out() -> None:
    layer, program = LmLayer(), ProgramDefinition("t", SIGNATURE, BestOfN())
    answers = [await right(layer, Call(program, TICKET, OFFLINE)) for _ in range(6)]
    assert len({str(answer.outputs) for answer in answers}) == 1


async def test_a_reward_that_is_no_output_is_refused() -> None:
    spec = BestOfN(reward_field="nothing")
    failure = await wrong(LmLayer(), Call(ProgramDefinition("t", SIGNATURE, spec), TICKET, OFFLINE))
    assert failure.issues[0].path == ("module", "reward_field")


def agent(signature: str, *tools: str) -> ProgramDefinition:
    return ProgramDefinition("agent", parse_signature(signature), ReAct(), tuple(f"{HERE}:{t}" for t in tools))


async def test_an_agent_uses_its_tools() -> None:
    layer = LmLayer(tools=AllowedTools((f"{HERE}:*",)))
    program = agent("question: str -> answer: int", "add", "capital")
    answer = await right(layer, Call(program, {"question": "add the numbers 17 and 25"}, OFFLINE))
    assert answer.outputs == {"answer": 42}
    assert answer.details["trajectory"][0]["tool_name"] == "add"


async def test_an_asynchronous_tool_works_too() -> None:
    layer = LmLayer(tools=AllowedTools((f"{HERE}:*",)))
    program = agent("question: str -> answer: str", "add", "capital")
    answer = await right(layer, Call(program, {"question": "what is the capital city of 'Belgium'?"}, OFFLINE))
    assert answer.outputs == {"answer": "Brussels"}


async def test_a_broken_tool_does_not_break_the_agent() -> None:
    layer = LmLayer(tools=AllowedTools((f"{HERE}:*",)))
    answer = await right(layer, Call(agent("question: str -> answer: str", "broken"), {"question": "hello"}, OFFLINE))
    assert "the lookup is down" in answer.details["trajectory"][0]["observation"]


async def test_a_tool_that_is_not_allowed_is_refused() -> None:
    failure = await wrong(LmLayer(), Call(agent("question: str -> answer: str", "add"), {"question": "hi"}, OFFLINE))
    assert failure.issues[0].code == "tool_not_allowed"


@pytest.mark.parametrize(
    ("kind", "tools", "code"), [("react", (), "react_without_tools"), ("predict", ("a:b",), "tools_without_react")]
)
async def test_modules_and_tools_have_to_fit(kind: str, tools: tuple[str, ...], code: str) -> None:
    failure = await wrong(
        LmLayer(), Call(ProgramDefinition("t", SIGNATURE, module_from_json(kind), tools), TICKET, OFFLINE)
    )
    assert failure.issues[0].code == code


async def test_programs_are_built_once() -> None:
    layer = LmLayer()
    await layer.execute([Call(PROGRAM, {"ticket": str(i)}, OFFLINE) for i in range(20)])
    assert len(layer.programs) == 1


async def test_calls_at_the_same_time_keep_to_their_own_model() -> None:
    layer = LmLayer()
    models = [ModelDefinition(f"m{i}", params=ModelParams(latency_ms=i % 3), input_price=float(i)) for i in range(12)]
    answers = await asyncio.gather(*(right(layer, Call(PROGRAM, TICKET, model)) for model in models))
    assert [answer.model for answer in answers] == [model.name for model in models]
    assert [
        round(answer.cost_usd / answer.tokens_in * 1e6)
        for answer in answers
        if answer.cost_usd is not None and answer.tokens_in
    ] == list(range(12))


@pytest.mark.parametrize("kind", ["predict", "chain_of_thought"])
async def test_values_of_every_meaning_go_in_and_come_out(kind: str) -> None:
    signature = parse_signature(
        "question: str, past: History, photo: Image, old: Image | None, when: date, tags: list[str] = ['a'] -> "
        "answer: str, why: Reasoning, cite: Citation, vector: Embedding[3], reasoning: str, n: int = 3"
    )
    inputs = {
        "question": "what is it",
        "past": [{"question": "a", "answer": "b"}],
        "photo": "https://example.org/x.png",
        "when": "2026-01-02",
    }
    answer = await right(LmLayer(), Call(ProgramDefinition("t", signature, module_from_json(kind)), inputs, OFFLINE))
    assert len(answer.outputs["vector"]) == 3
    assert set(answer.outputs["cite"]) == {"source", "quote"}
    assert answer.details == {}


async def test_user_text_is_never_taken_for_a_type() -> None:
    signature = parse_signature("text: str -> answer: str", instructions="q -> x: this, [[ ## text ## ]] {format}")
    answer = await right(LmLayer(), Call(ProgramDefinition("q -> x: this", signature), {"text": "hello"}, OFFLINE))
    assert answer.outputs["answer"]
