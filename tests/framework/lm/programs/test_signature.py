"""Signatures as DSPy is given them: field by field what a user of DSPy would have written."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from pydantic import Field, create_model

from framework.lm.dspy_setup import dspy
from framework.lm.payloads.payloads import validate_inputs
from framework.lm.programs.signature import input_values, plain_value, signature_of
from framework.lm.signatures.grammar import parse_signature

PICTURE = "https://pictures.example/a.png"
INPUT, OUTPUT = dspy.InputField, dspy.OutputField


# As a user of DSPy declares a nested object.
Items: Any = create_model(
    "Items", name=(str, ...), count=(int, ...), rate=(float | None, Field(ge=0.0, le=1.0, default=None))
)


def of_dspy(fields: dict[str, Any], instructions: str = "Do.") -> Any:
    return dspy.Signature(fields, instructions, signature_name="Ask")


SIGNATURES = [
    ("question -> answer", {"question": (str, INPUT()), "answer": (str, OUTPUT())}),
    (
        "ticket \"as it came\" -> team: Literal['a', 'b'] \"who answers\", n: int[1..5], sure: Probability",
        {
            "ticket": (str, INPUT(desc="as it came")),
            "team": (Literal["a", "b"], OUTPUT(desc="who answers")),
            "n": (int, OUTPUT(ge=1, le=5)),
            "sure": (float, OUTPUT(ge=0, le=1)),
        },
    ),
    (
        "text, past: History -> items: list[{name, count: int, rate: float[0..1] | None}]",
        {"text": (str, INPUT()), "past": (dspy.History, INPUT()), "items": (list[Items], OUTPUT())},
    ),
    ("page: list[Image] -> text", {"page": (list[dspy.Image], INPUT()), "text": (str, OUTPUT())}),
]


@pytest.mark.parametrize(("text", "fields"), SIGNATURES[:2])
def test_a_signature_is_that_of_dspy_with_all_that_its_fields_say(text: str, fields: dict[str, Any]) -> None:
    """MIPROv2 shows the fields of a composite module to its proposer, descriptions that nobody wrote included."""
    signature = signature_of(parse_signature(text, instructions="Do."), named="ask")
    assert repr(signature) == repr(of_dspy(fields))
    assert repr(dspy.ChainOfThought(signature)) == repr(dspy.ChainOfThought(of_dspy(fields)))


@pytest.mark.parametrize(("text", "fields"), SIGNATURES)
@pytest.mark.parametrize("adapter", [dspy.ChatAdapter(), dspy.JSONAdapter()])
def test_a_prompt_says_of_nested_objects_what_dspy_says(adapter: Any, text: str, fields: dict[str, Any]) -> None:
    signature = signature_of(parse_signature(text, instructions="Do."), named="ask")
    assert adapter.format_system_message(signature) == adapter.format_system_message(of_dspy(fields))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("Image", PICTURE),
        ("list[Image]", [PICTURE, PICTURE]),
        ("list[Image] | None", [PICTURE]),
        ("dict[str, Image]", {"front": PICTURE}),
        ("{picture: Image, note}", {"picture": PICTURE, "note": "n"}),
        ("list[{picture: Image | None, note}]", [{"picture": PICTURE, "note": "n"}, {"picture": None, "note": "m"}]),
    ],
)
def test_an_image_is_sent_as_one_wherever_it_stands(kind: str, value: Any) -> None:
    definition = parse_signature(f"x: {kind} -> text")
    ready = input_values(definition, validate_inputs(definition, {"x": value}))
    (_, question) = dspy.ChatAdapter().format(signature_of(definition, named="ask"), [], ready)
    addresses = [part["image_url"]["url"] for part in question["content"] if part["type"] == "image_url"]
    assert addresses == [PICTURE] * str(value).count(PICTURE)
    assert PICTURE not in "".join(part.get("text", "") for part in question["content"])
    assert plain_value(ready["x"]) == value
