"""Every fault of an endpoint, through the real network path."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest

from framework.errors import Failure, Invalid, Unavailable
from framework.lm.calls.bounds import Bounds
from framework.lm.calls.call import Answer, Call
from framework.lm.calls.execute import LmLayer
from framework.lm.calls.failures import as_failure
from framework.lm.dspy_setup import dspy
from framework.lm.evaluation.evaluate import evaluate
from framework.lm.models.model import ModelDefinition, ModelParams
from framework.lm.models.secrets import Secrets
from framework.lm.programs.program import ProgramDefinition
from framework.lm.signatures.grammar import parse_signature
from framework.testing.model_server import TOKENS_IN, TOKENS_OUT, Fault, ModelServer
from framework.testing.until import PATIENCE
from tests.framework.lm.triage import METRIC, PROGRAM, examples, subject

SECRET = "sk-very-secret"
SECRETS = Secrets(("CORP_API_KEY",), environment={"CORP_API_KEY": SECRET})
TICKET = {"ticket": "my technical question"}


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


@pytest.fixture
async def layer() -> AsyncIterator[LmLayer]:
    made = LmLayer(secrets=SECRETS)
    yield made
    await made.aclose()


def model(server: ModelServer, *, retries: int = 0, timeout: float = 30.0) -> ModelDefinition:
    return ModelDefinition(
        "corp",
        "openai_compatible",
        "some-model",
        server.url,
        "CORP_API_KEY",
        ModelParams(temperature=0.3, max_tokens=100),
        timeout_seconds=timeout,
        num_retries=retries,
        input_price=1.0,
        output_price=2.0,
    )


async def ask(layer: LmLayer, definition: ModelDefinition) -> Answer | Failure:
    [answer] = await layer.execute([Call(PROGRAM, TICKET, definition)])
    return answer


async def test_an_endpoint_answers_and_is_paid_for(server: ModelServer, layer: LmLayer) -> None:
    answer = await ask(layer, model(server))
    assert isinstance(answer, Answer)
    assert answer.outputs["team"] == "technical"
    assert (answer.tokens_in, answer.tokens_out) == (TOKENS_IN, TOKENS_OUT)
    assert answer.cost_usd == pytest.approx((TOKENS_IN + 2 * TOKENS_OUT) / 1_000_000)
    assert server.keys == {f"Bearer {SECRET}"}
    assert "litellm" not in sys.modules


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        (Fault.RATE_LIMITED, Unavailable, "model_rate_limited"),
        (Fault.SERVER_ERROR, Unavailable, "model_server_error"),
        (Fault.NO_AUTH, Unavailable, "model_auth"),
        (Fault.TOO_LONG, Invalid, "model_context_exceeded"),
        (Fault.DROPPED, Unavailable, "model_unreachable"),
        (Fault.NOT_JSON, Unavailable, "model_output_invalid"),
        (Fault.NOT_A_COMPLETION, Unavailable, "model_output_invalid"),
        (Fault.GARBLED, Unavailable, "model_output_invalid"),
        (Fault.TRUNCATED, Unavailable, "model_output_invalid"),
    ],
)
async def test_every_fault_has_its_failure(
    server: ModelServer, layer: LmLayer, *, fault: Fault, kind: type[Failure], code: str
) -> None:
    server.fail(fault)
    failure = await ask(layer, model(server))
    assert isinstance(failure, kind)
    assert [issue.code for issue in failure.issues] == [code]
    assert SECRET not in repr(failure.issues)
    server.fail(None)
    assert isinstance(await ask(layer, model(server)), Answer)


@pytest.mark.parametrize("asked", ["on the loop", "in a thread"])
async def test_an_endless_answer_is_cut_off_and_hung_up_on(server: ModelServer, asked: str) -> None:
    """It is not asked again either, and what was read is thrown away."""
    server.fail(Fault.ENDLESS)
    layer = LmLayer(secrets=SECRETS, bounds=Bounds(answer_bytes=300_000))
    definition = model(server, retries=2)
    if asked == "on the loop":
        failure = await ask(layer, definition)
    else:
        lm, settings = layer.models.get(definition), layer.dspy_settings(PROGRAM, lambda _: None, None)
        with dspy.context(**settings), pytest.raises(dspy.LMError) as caught:
            lm("my question")
        failure = as_failure(caught.value, definition)
    assert isinstance(failure, Unavailable)
    (issue,) = failure.issues
    assert (issue.code, issue.params["most_bytes"], server.calls) == ("model_answer_too_large", 300_000, 1)
    assert await asyncio.to_thread(server.hung_up.wait, PATIENCE)
    await layer.aclose()


async def test_an_image_is_sent_to_the_endpoint(server: ModelServer, layer: LmLayer) -> None:
    program = ProgramDefinition("look", parse_signature("photo: Image -> label: Literal['cat', 'dog']"))
    [answer] = await layer.execute([Call(program, {"photo": "https://example.org/cat.png"}, model(server))])
    assert isinstance(answer, Answer)


async def test_what_is_not_metered_has_no_known_cost(server: ModelServer, layer: LmLayer) -> None:
    server.fail(Fault.UNMETERED)
    answer = await ask(layer, model(server))
    assert isinstance(answer, Answer)
    assert (answer.calls, answer.cost_usd) == (1, None)


async def test_a_hanging_endpoint_times_out(server: ModelServer, layer: LmLayer) -> None:
    server.fail(Fault.HANG)
    failure = await ask(layer, model(server, timeout=0.2))
    assert isinstance(failure, Unavailable)
    assert failure.issues[0].code == "model_timeout"


async def test_a_rate_limit_tells_when_to_come_back(server: ModelServer, layer: LmLayer) -> None:
    server.fail(Fault.RATE_LIMITED)
    failure = await ask(layer, model(server))
    assert isinstance(failure, Failure)
    assert failure.issues[0].params["retry_after"] == pytest.approx(0.05)


async def test_a_wait_that_would_end_too_late_is_not_begun(server: ModelServer, layer: LmLayer) -> None:
    """The endpoint asks for ten minutes, the model has four: it is limited, and not slow."""
    server.retry_after = 600
    server.fail(Fault.RATE_LIMITED)
    failure = await ask(layer, model(server, retries=1, timeout=60.0))
    assert isinstance(failure, Unavailable)
    (issue,) = failure.issues
    assert (issue.code, issue.hint, server.calls) == ("model_rate_limited", "try again in 600 seconds", 1)


@pytest.mark.parametrize(
    ("name", "formats"),
    [("some-model", [None, None]), ("gpt-3.5-turbo", [None, "json_object"]), ("gpt-4o-mini", [None, "json_schema"])],
)
async def test_a_second_try_asks_for_json_as_dspy_would_of_this_model(
    name: str, formats: list[str | None], server: ModelServer, layer: LmLayer
) -> None:
    """An endpoint of a name that DSPy does not know may refuse any response format."""
    server.fail(Fault.GARBLED, times=1)
    assert isinstance(await ask(layer, replace(model(server), model=name)), Answer)
    bodies = [json.loads(question) for question in server.asked]
    assert [body.get("response_format", {}).get("type") for body in bodies] == formats


async def test_a_passing_fault_is_retried(server: ModelServer, layer: LmLayer) -> None:
    server.fail(Fault.RATE_LIMITED, times=2)
    assert isinstance(await ask(layer, model(server, retries=2)), Answer)
    assert server.calls == 3


async def test_a_refused_key_is_not_retried(server: ModelServer, layer: LmLayer) -> None:
    server.fail(Fault.NO_AUTH)
    await ask(layer, model(server, retries=5))
    assert server.calls == 1


async def test_an_address_where_nobody_listens_is_unreachable(layer: LmLayer) -> None:
    with ModelServer() as closed:
        definition = model(closed)
    failure = await ask(layer, definition)
    assert isinstance(failure, Failure)
    assert failure.issues[0].code == "model_unreachable"


async def test_a_key_that_is_not_set_is_said(server: ModelServer) -> None:
    failure = await ask(LmLayer(secrets=Secrets(("CORP_API_KEY",), environment={})), model(server))
    assert isinstance(failure, Failure)
    assert failure.issues[0].code == "model_auth"
    assert server.calls == 0


async def test_a_fault_during_an_evaluation_is_one_failed_row(server: ModelServer, layer: LmLayer) -> None:
    server.fail(Fault.SERVER_ERROR, times=1)
    report = await evaluate(layer, subject(model=model(server)), examples=examples(8), metric=METRIC)
    assert (report.n, report.failed) == (8, 1)
    assert report.spend.cost_usd == pytest.approx(7 * (TOKENS_IN + 2 * TOKENS_OUT) / 1_000_000)
