"""What every layer of language models keeps: DSPy's, over the offline model and over an endpoint, and the scripted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

import pytest

from framework.data.protocols import Executes
from framework.errors import Failure, Invalid, Unavailable
from framework.lm.calls.call import Answer, Call, CallContext
from framework.lm.calls.execute import LmLayer
from framework.lm.models.model import OFFLINE, ModelDefinition
from framework.lm.models.spend import Usage
from framework.lm.programs.program import ProgramDefinition
from framework.lm.signatures.grammar import parse_signature
from framework.testing.model_server import ModelServer
from framework.testing.scripted_lm import ScriptedLm
from tests.framework.lm.triage import PROGRAM

TICKET = {"ticket": "my technical question"}
Layer = Executes[Call, Answer]


@pytest.fixture(params=["offline", "endpoint", "scripted"])
async def kept(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Layer, ModelDefinition]]:
    """A layer, and a model that it can ask."""
    if request.param == "scripted":
        yield ScriptedLm(lambda call: {"team": "technical", "confidence": 0.5}), OFFLINE
        return
    layer = LmLayer()
    with ModelServer() as server:
        endpoint = ModelDefinition("corp", "openai_compatible", "m", server.url, num_retries=0)
        yield layer, OFFLINE if request.param == "offline" else endpoint
        await layer.aclose()


async def test_nothing_asked_is_nothing_answered(kept: tuple[Layer, ModelDefinition]) -> None:
    layer, _ = kept
    assert await layer.execute([]) == []


async def test_an_answer_has_the_declared_outputs_and_what_it_took(kept: tuple[Layer, ModelDefinition]) -> None:
    layer, model = kept
    (answer,) = await layer.execute([Call(PROGRAM, TICKET, model)])
    assert isinstance(answer, Answer)
    assert set(answer.outputs) == {"team", "confidence"}
    assert answer.outputs["team"] in ("billing", "technical", "account")
    assert (answer.model, answer.calls) == (model.name, 1)
    assert (answer.tokens_in or 0) > 0
    assert (answer.tokens_out or 0) > 0
    assert answer.latency_ms >= 0


async def test_calls_are_answered_in_their_order_and_a_bad_one_disturbs_no_other(
    kept: tuple[Layer, ModelDefinition],
) -> None:
    layer, model = kept
    given: tuple[Mapping[str, object], ...] = ({"ticket": 3}, TICKET, {}, TICKET, {**TICKET, "more": 1})
    answers = await layer.execute([Call(PROGRAM, inputs, model) for inputs in given])
    assert [isinstance(answer, Answer) for answer in answers] == [False, True, False, True, False]
    wrong = [answer.issues[0].path for answer in answers if isinstance(answer, Failure)]
    assert wrong == [("inputs", "ticket"), ("inputs", "ticket"), ("inputs", "more")]
    assert all(isinstance(answer, Answer | Invalid) for answer in answers)


async def test_what_a_call_took_is_told_to_its_context(kept: tuple[Layer, ModelDefinition]) -> None:
    layer, model = kept
    told: list[Usage] = []
    calls = [Call(PROGRAM, TICKET, model, context=CallContext(on_usage=told.append)), Call(PROGRAM, TICKET, model)]
    first, _ = await layer.execute(calls)
    assert isinstance(first, Answer)
    (usage,) = told
    assert (usage.model, usage.tokens_in, usage.tokens_out) == (model.name, first.tokens_in, first.tokens_out)


async def test_outputs_that_break_the_signature_are_a_fault_of_the_model() -> None:
    program = ProgramDefinition("tags", parse_signature("text: str -> tags: list[str][..1]"))
    state = {"self": {"instructions": "x", "demos": [{"text": "refund", "tags": ["a", "b"]}]}}
    call = Call(program, {"text": "refund"}, OFFLINE, state)
    for layer in (LmLayer(), ScriptedLm(lambda call: {"tags": ["a", "b"]})):
        (failure,) = await layer.execute([call])
        assert isinstance(failure, Unavailable)
        assert failure.issues[0].code == "model_output_invalid"


async def test_a_layer_that_was_closed_can_be_closed_again(kept: tuple[Layer, ModelDefinition]) -> None:
    layer, model = kept
    await layer.execute([Call(PROGRAM, TICKET, model)])
    await layer.aclose()
    await layer.aclose()
