from __future__ import annotations

from typing import Any

import pytest

from framework.errors import Invalid
from framework.lm.dspy_setup import dspy
from framework.lm.models.model import OFFLINE, ModelDefinition, ModelParams

SPELLED = {
    "name": "corp",
    "provider": "openai_compatible",
    "model": "gpt-x",
    "api_base": "http://127.0.0.1/v1",
    "api_key_ref": "CORP_API_KEY",
    "params": {"temperature": 0.3, "max_tokens": 200},
    "input_price": 1.0,
    "output_price": 2.0,
}


def test_a_model_is_the_same_after_a_round_trip() -> None:
    definition = ModelDefinition.from_json(SPELLED)
    assert ModelDefinition.from_json(definition.to_json()) == definition
    assert definition.params == ModelParams(temperature=0.3, max_tokens=200)


def test_every_mistake_in_a_model_is_reported_at_once() -> None:
    with pytest.raises(Invalid) as caught:
        ModelDefinition.from_json({"name": "", "params": {"temperature": 3, "top": 1}, "timeout_seconds": 0})
    assert [issue.path for issue in caught.value.issues] == [
        ("name",),
        ("params", "temperature"),
        ("params", "top"),
        ("timeout_seconds",),
    ]


def test_an_openai_compatible_model_needs_an_address() -> None:
    with pytest.raises(Invalid) as caught:
        ModelDefinition.from_json({**SPELLED, "api_base": None})
    assert caught.value.issues[0].code == "model_without_address"


def test_a_secret_in_the_place_of_its_reference_is_refused_and_not_repeated() -> None:
    with pytest.raises(Invalid) as caught:
        ModelDefinition.from_json({**SPELLED, "api_key_ref": "sk-proj-1234567890"})
    assert "1234567890" not in repr(caught.value.issues)


def test_the_digest_tells_definitions_apart() -> None:
    assert OFFLINE.digest() == ModelDefinition(name=OFFLINE.name).digest()
    assert OFFLINE.digest() != ModelDefinition(name=OFFLINE.name, params=ModelParams(temperature=1)).digest()


@pytest.mark.parametrize(
    ("definition", "cost"),
    [
        (ModelDefinition.from_json(SPELLED), 2.0),
        (ModelDefinition("a", "openai_compatible", input_price=1.0), None),
        (OFFLINE, 0.0),
        (ModelDefinition("priced", output_price=3.0), 1.5),
    ],
)
def test_an_unknown_price_is_not_zero(definition: ModelDefinition, cost: float | None) -> None:
    assert definition.cost(1_000_000, 500_000) == cost


NAMES = ["o1", "o3-mini", "o4", "gpt-5", "gpt-5-mini", "gpt-5.1", "corp/gpt-5-mini", "GPT-5"]
OTHERS = ["gpt-4o", "gpt-5-chat", "gpt-5-chat-latest", "o2", "some-o1", "gpt-50x"]


@pytest.mark.parametrize("name", [*NAMES, *OTHERS])
@pytest.mark.parametrize("params", [{"temperature": 0.2}, {"max_tokens": 1000}])
def test_settings_that_a_reasoning_model_refuses_are_refused_when_it_is_declared(
    name: str, params: dict[str, Any]
) -> None:
    """DSPy refuses them when it is asked, each time and with no request; so its own word is what is checked against."""
    try:
        dspy.LM(f"openai/{name}", **params)
    except dspy.LMConfigurationError:
        with pytest.raises(Invalid) as caught:
            ModelDefinition.from_json({**SPELLED, "model": name, "params": params})
        (issue,) = caught.value.issues
        assert (issue.code, issue.path) == ("reasoning_model", ("params", *params))
    else:
        assert ModelDefinition.from_json({**SPELLED, "model": name, "params": params}).model == name


def test_a_setting_that_is_unknown_is_told_with_those_there_are() -> None:
    with pytest.raises(Invalid) as caught:
        ModelDefinition.from_json({**SPELLED, "temprature": 1, "modle": "x", "whatever": 1})
    hints = {issue.path[0]: issue.hint for issue in caught.value.issues}
    assert hints["modle"] == "did you mean `model`?"
    assert str(hints["whatever"]).startswith("there are name, provider, model, api_base")
