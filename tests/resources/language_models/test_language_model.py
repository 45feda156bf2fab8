"""Language models: settings that make sense together, and keys that are only ever referred to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from framework.testing.logged import logged
from framework.testing.model_server import Fault, ModelServer
from resources.language_models.language_model import OFFLINE_MODEL
from tests.installation.answer import Client
from tests.installation.installation import Installation
from tests.installation.making import a_program, a_subject, unique

SECRET = "sk-verysecret0123456789abcdefghij"
REFERENCE = "TESTS_API_KEY"


def corp(server: ModelServer | None = None, **more: Any) -> dict[str, Any]:
    """The settings of an endpoint."""
    url = "https://models.example.com/v1" if server is None else server.url
    return {"name": unique("corp"), "provider": "openai_compatible", "model": "m", "api_base": url, **more}


async def test_a_model_is_declared_with_its_defaults(client: Client) -> None:
    made = (await client.act("LanguageModel.create", **corp(input_price=1.5, params={"temperature": 0.2}))).made
    assert (made["timeout_seconds"], made["num_retries"]) == (60.0, 2)
    assert (made["input_price"], made["output_price"], made["params"]) == (1.5, None, {"temperature": 0.2})
    assert (await client.get("LanguageModel", made["id"])).made == made


WRONG: dict[str, tuple[dict[str, Any], tuple[str, str]]] = {
    "no address": ({"api_base": None}, ("model_without_address", "api_base")),
    "no web address": ({"api_base": "ftp://x"}, ("string_pattern_mismatch", "api_base")),
    "a key in the place of its name": ({"api_key_ref": SECRET}, ("string_pattern_mismatch", "api_key_ref")),
    "a variable that is not read": ({"api_key_ref": "MY_SECRET"}, ("secret_not_allowed", "api_key_ref")),
    "a variable that is named like a key": ({"api_key_ref": "OPENAI_API_KEY"}, ("secret_not_allowed", "api_key_ref")),
    "what a cloud tells its machines": (
        {"api_base": "http://169.254.169.254/latest"},
        ("address_not_allowed", "api_base"),
    ),
    "the same in another way": ({"api_base": "http://0xa9fea9fe/v1"}, ("address_not_allowed", "api_base")),
    "a file that is not read": ({"api_key_ref": "file:/run/secrets/k"}, ("secret_not_allowed", "api_key_ref")),
    "too cold to reason": (
        {"model": "gpt-5-mini", "params": {"temperature": 0.2}},
        ("reasoning_model", "params.temperature"),
    ),
    "an unknown setting": ({"params": {"heat": 1}}, ("unexpected_keyword_argument", "params.heat")),
    "a setting out of range": ({"params": {"temperature": 3}}, ("less_than_equal", "params.temperature")),
    "no name": ({"name": ""}, ("string_too_short", "name")),
    "a negative price": ({"input_price": -1}, ("greater_than_equal", "input_price")),
    "no time at all": ({"timeout_seconds": 0}, ("greater_than_equal", "timeout_seconds")),
    "too many tries": ({"num_retries": 11}, ("less_than_equal", "num_retries")),
}


@pytest.mark.parametrize(("given", "at"), WRONG.values(), ids=WRONG.keys())
async def test_settings_that_make_no_model_are_refused(
    given: dict[str, Any], at: tuple[str, str], client: Client, installation: Installation
) -> None:
    async with installation.unchanged():
        answer = await client.act("LanguageModel.create", **{**corp(), **given})
    assert answer.at == [at]


async def test_an_unknown_provider(installation: Installation) -> None:
    async with installation.unchanged():
        wrong = {**corp(), "provider": "acme"}
        assert (await installation.rest.act("LanguageModel.create", **wrong)).at == [("literal_error", "provider")]
        assert (await installation.graphql.act("LanguageModel.create", **wrong)).fault.code == "bad_query"


async def test_a_change_is_checked_with_what_it_leaves_as_it_was(client: Client, installation: Installation) -> None:
    made = (await client.act("LanguageModel.create", **corp())).made
    async with installation.unchanged():
        answer = await client.act("LanguageModel.update", made["id"], api_base=None)
    assert answer.at == [("model_without_address", "api_base")]
    changed = (await client.act("LanguageModel.update", made["id"], timeout_seconds=5)).made
    assert changed == {**made, "timeout_seconds": 5.0, "updated_at": changed["updated_at"]}


async def test_a_name_is_taken_once(client: Client, installation: Installation) -> None:
    made = (await client.act("LanguageModel.create", **corp())).made
    async with installation.unchanged():
        fault = (await client.act("LanguageModel.create", **{**corp(), "name": made["name"]})).fault
    assert (fault.code, fault.message) == ("taken", "another model has this name")


async def test_changed_settings_count_from_the_next_call_on(client: Client, model_server: ModelServer) -> None:
    made = (await client.act("LanguageModel.create", **corp(model_server))).made
    program = await a_program(client, model_id=made["id"])
    inputs = {"ticket": "refund my order"}
    first = (await client.act("Program.execute", program["id"], inputs=inputs)).made
    assert first["cost_usd"] is None
    await client.act("LanguageModel.update", made["id"], input_price=1, output_price=1)
    second = (await client.act("Program.execute", program["id"], inputs=inputs)).made
    assert second["cost_usd"] == pytest.approx((second["tokens_in"] + second["tokens_out"]) / 1e6)


@pytest.fixture
def lines() -> Iterator[list[Any]]:
    """Everything that is logged."""
    with logged("debug") as lines:
        yield lines


async def test_the_key_is_sent_to_the_endpoint_and_shown_nowhere(
    client: Client,
    installation: Installation,
    model_server: ModelServer,
    *,
    monkeypatch: pytest.MonkeyPatch,
    lines: list[Any],
) -> None:
    monkeypatch.setenv(REFERENCE, SECRET)
    shown, stored = await _everything(client, installation, model_server)
    for text in (json.dumps(shown, default=str), repr(stored), repr(lines)):
        assert SECRET not in text
        assert SECRET[3:] not in text
    assert REFERENCE in repr(stored["LanguageModel"])
    assert "Evaluation.run" in repr(lines)


async def _everything(
    client: Client, installation: Installation, model_server: ModelServer
) -> tuple[list[Any], dict[str, Any]]:
    """What is shown and what is stored of a model that has a key, well and failing."""
    model = (await client.act("LanguageModel.create", **corp(model_server, api_key_ref=REFERENCE, num_retries=0))).made
    subject = await a_subject(client, model_id=model["id"])
    program, inputs = subject.program, {"ticket": "refund my order"}
    shown = [model, (await client.act("Program.execute", program, inputs=inputs)).made]
    assert model_server.keys == {f"Bearer {SECRET}"}

    for fault in (Fault.NO_AUTH, Fault.SERVER_ERROR, Fault.GARBLED, Fault.DROPPED):
        model_server.fail(fault)
        shown.append((await client.act("Program.execute", program, inputs=inputs)).faults)
    run = (await client.act("Evaluation.start", **subject.inputs)).made
    await installation.run("Evaluation", run["id"])
    shown.append((await client.get("Evaluation", run["id"])).made)
    assert shown[-1]["state"] == "failed"

    return shown, {spec.name: await installation.rows(spec.name) for spec in installation.domain.stored}


async def test_a_key_that_is_not_set_is_told_by_its_reference(client: Client, model_server: ModelServer) -> None:
    settings = corp(model_server, api_key_ref="ABSENT_API_KEY")
    model = (await client.act("LanguageModel.create", **settings)).made
    program = await a_program(client, model_id=model["id"])
    fault = (await client.act("Program.execute", program["id"], inputs={"ticket": "x"})).fault
    assert fault.code == "model_auth"
    assert model_server.calls == 0


async def test_a_model_may_not_point_outside_without_being_named(client: Client, installation: Installation) -> None:
    """The seeded model is not renamed, and keeps answering."""
    before = (await client.get("LanguageModel", OFFLINE_MODEL)).made
    async with installation.unchanged():
        answer = await client.act("LanguageModel.update", OFFLINE_MODEL, num_retries=99)
    assert answer.at == [("less_than_equal", "num_retries")]
    assert (await client.get("LanguageModel", OFFLINE_MODEL)).made == before
