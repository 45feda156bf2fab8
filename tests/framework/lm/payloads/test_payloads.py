"""What goes into a program and comes out of it, held against its signature."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it comes without types
from pydantic import BaseModel

from framework.errors import Invalid, Issue, Unavailable
from framework.lm.payloads.payloads import input_model, output_model, plain, validate_inputs, validate_outputs
from framework.lm.signatures.definition import MISSING, SignatureDefinition
from framework.lm.signatures.grammar import parse_signature
from tests.framework.lm.signatures.signature_strategies import payloads, signatures, values

TRIAGE = parse_signature(
    """
    ticket: str[1..20], tags: list[str][..2] = [], urgent: bool = false, since: date | None,
    customer: {name: str, age: int[0..] | None, plan: Literal['free', 'paid'] = 'free'} | None,
    history: History = [], photo: Image | None = null
    -> team: Literal['billing', 'technical'], confidence: Probability, n: int[1..3] = 1,
       sources: list[Citation] = [], vector: Embedding[2] | None, at: datetime | None
    """
)


def refused(values: Any) -> dict[tuple[str | int, ...], Issue]:
    """What is wrong with some inputs, by path."""
    with pytest.raises(Invalid) as caught:
        validate_inputs(TRIAGE, values)
    return {issue.path: issue for issue in caught.value.issues}


def refused_outputs(values: dict[str, Any]) -> list[Issue]:
    """What is wrong with some outputs."""
    with pytest.raises(Unavailable) as caught:
        validate_outputs(TRIAGE, values)
    return list(caught.value.issues)


def test_defaults_are_filled_in() -> None:
    assert validate_inputs(TRIAGE, {"ticket": "x"}) == {
        "ticket": "x",
        "tags": [],
        "urgent": False,
        "since": None,
        "customer": None,
        "history": [],
        "photo": None,
    }


def test_a_default_is_never_shared() -> None:
    validate_inputs(TRIAGE, {"ticket": "x"})["tags"].append("changed")
    assert validate_inputs(TRIAGE, {"ticket": "x"})["tags"] == []


def test_inputs_are_python_values_and_plain_again() -> None:
    given = {"ticket": "x", "since": "2026-11-21", "customer": {"name": "Ada"}}
    inputs = validate_inputs(TRIAGE, given)
    assert inputs["since"] == date(2026, 11, 21)
    assert inputs["customer"].name == "Ada"
    assert validate_inputs(TRIAGE, inputs) == inputs
    assert plain(inputs)["customer"] == {"name": "Ada", "age": None, "plan": "free"}
    assert validate_inputs(TRIAGE, plain(inputs)) == inputs


def test_every_fault_of_the_inputs_is_said_with_its_path() -> None:
    issues = refused(
        {
            "tickt": "x",
            "tags": ["a", "b", "c"],
            "urgent": "yes",
            "since": "yesterday",
            "customer": {"name": 3, "age": -1, "plan": "gold", "extra": 1},
            "history": ["hi"],
            "photo": "/etc/passwd",
        }
    )
    assert {path: (issue.code, issue.message) for path, issue in issues.items()} == {
        ("inputs", "ticket"): ("missing", "`ticket` is missing"),
        ("inputs", "tags"): ("too_long", "`tags` has more than 2 items"),
        ("inputs", "urgent"): ("wrong_type", "`urgent` is not true or false"),
        ("inputs", "since"): ("wrong_format", "`since` is not a date (YYYY-MM-DD)"),
        ("inputs", "customer", "name"): ("wrong_type", "`customer.name` is not text"),
        ("inputs", "customer", "age"): ("out_of_range", "`customer.age` is less than 0"),
        ("inputs", "customer", "plan"): ("not_allowed", "`customer.plan` is none of 'free' or 'paid'"),
        ("inputs", "customer", "extra"): ("unknown_field", "`customer` has no part `extra`"),
        ("inputs", "history", 0): ("wrong_type", "`history[0]` is not an object"),
        ("inputs", "photo"): (
            "wrong_format",
            "`photo` is not the http(s) address of an image, nor an image as `data:image/…;base64,…`",
        ),
        ("inputs", "tickt"): ("unknown_input", "there is no input `tickt`"),
    }
    assert issues["inputs", "tickt"].hint == "did you mean `ticket`?"
    assert issues["inputs", "tags"].params == {"max_length": 2}


@pytest.mark.parametrize(
    "values",
    [{"ticket": object()}, {"ticket": "\ud800"}, {"ticket": "a\0b"}, {"ticket": [[["\0"]]]}, {"ticket": b"\xff"}],
)
def test_what_json_cannot_keep_is_refused(values: dict[str, Any]) -> None:
    assert [issue.code for issue in refused(values).values()] == ["wrong_type"]


def test_a_backslash_is_not_taken_for_a_nul() -> None:
    assert validate_inputs(TRIAGE, {"ticket": "\\u0000"})["ticket"] == "\\u0000"


@pytest.mark.parametrize("values", [None, 3, "ticket", [("ticket", "x")]])
def test_inputs_are_an_object(values: Any) -> None:
    assert list(refused(values)) == [("inputs",)]


def test_a_name_that_is_no_text_is_unknown() -> None:
    assert ("inputs", "3") in refused({3: "x"})


def test_a_value_is_never_repeated_in_a_message() -> None:
    issues = refused({"ticket": "s3cret" * 10, "customer": {"name": "s3cret", "plan": "s3cret"}})
    assert "s3cret" not in repr(issues)


def test_a_number_as_text_is_no_number_among_inputs_and_one_among_outputs() -> None:
    signature = parse_signature("n: int -> m: float")
    with pytest.raises(Invalid, match="`n` is not an integer"):
        validate_inputs(signature, {"n": "3"})
    assert validate_outputs(signature, {"m": "0.5"}) == {"m": 0.5}


def test_what_a_module_adds_of_its_own_is_left_out() -> None:
    outputs = validate_outputs(TRIAGE, {"team": "billing", "confidence": 1, "trajectory": object()})
    assert set(outputs) == set(TRIAGE.output_names)


def test_outputs_that_break_their_limits_are_the_fault_of_the_model() -> None:
    issues = refused_outputs({"team": "sales", "confidence": 5, "n": 0, "vector": [1, float("nan")], "at": "soon"})
    assert {issue.code for issue in issues} == {"model_output_invalid"}
    assert [(issue.path, issue.params["fault"], issue.message) for issue in issues] == [
        (("outputs", "team"), "not_allowed", "`team` is none of 'billing' or 'technical'"),
        (("outputs", "confidence"), "out_of_range", "`confidence` is greater than 1.0"),
        (("outputs", "n"), "out_of_range", "`n` is less than 1"),
        (("outputs", "vector", 1), "out_of_range", "`vector[1]` is not a finite number"),
        (("outputs", "at"), "wrong_format", "`at` is not a date and time (ISO 8601)"),
    ]


def test_a_missing_output_and_one_that_is_no_json_are_the_fault_of_the_model() -> None:
    assert [issue.path for issue in refused_outputs({"team": "billing"})] == [("outputs", "confidence")]
    assert [issue.path for issue in refused_outputs({"team": object()})] == [("outputs", "team")]


def test_a_moment_without_an_offset_is_in_utc() -> None:
    outputs = validate_outputs(TRIAGE, {"team": "billing", "confidence": 1, "at": "2026-11-21T10:00:00"})
    assert outputs["at"] == datetime(2026, 11, 21, 10, tzinfo=UTC)


def test_models_are_made_once_and_named_as_asked() -> None:
    again = parse_signature("a: {b: {c: int}} -> d")
    assert input_model(again) is input_model(parse_signature("a: {b: {c}: int} -> d".replace("{c}: int", "{c: int}")))
    named = input_model(again, named="AskInput").model_json_schema()
    assert named["title"] == "AskInput"
    assert set(named["$defs"]) == {"AskInputA", "AskInputAB"}


def test_signatures_that_only_compare_equal_have_models_of_their_own() -> None:
    one, true = parse_signature("a: Literal[1] -> b"), parse_signature("a: Literal[true] -> b")
    assert validate_inputs(one, {"a": 1}) == {"a": 1}
    with pytest.raises(Invalid):
        validate_inputs(true, {"a": 1})


@given(st.data(), signatures())
def test_values_of_the_types_are_valid(data: st.DataObject, definition: SignatureDefinition) -> None:
    inputs, outputs = data.draw(payloads(definition.inputs)), data.draw(payloads(definition.outputs))
    assert set(validate_inputs(definition, inputs)) == set(definition.input_names)
    assert set(validate_outputs(definition, outputs)) == set(definition.output_names)


@given(st.data(), signatures())
def test_validated_values_stay_valid(data: st.DataObject, definition: SignatureDefinition) -> None:
    once = plain(validate_inputs(definition, data.draw(payloads(definition.inputs))))
    assert plain(validate_inputs(definition, orjson.loads(orjson.dumps(once)))) == once


@given(st.data(), signatures())
def test_every_default_is_a_value_of_its_type(data: st.DataObject, definition: SignatureDefinition) -> None:
    defaults = {field.name: field.default for field in definition.inputs if field.default is not MISSING}
    needed = {field.name: data.draw(values(field.type)) for field in definition.inputs if field.required}
    inputs = plain(validate_inputs(definition, needed))
    assert {name: inputs[name] for name in defaults} == defaults


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.5, "", "a", "2026-11-21"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "ax", "source"]), inner, max_size=3)
    ),
    max_leaves=4,
)


@given(st.data(), signatures())
def test_the_json_schema_agrees_with_the_validation(data: st.DataObject, definition: SignatureDefinition) -> None:
    schema = input_model(definition).model_json_schema()
    Draft202012Validator.check_schema(schema)
    Draft202012Validator.check_schema(output_model(definition).model_json_schema())
    payload = data.draw(payloads(definition.inputs))
    assert Draft202012Validator(schema).is_valid(payload)
    payload[data.draw(st.sampled_from(definition.input_names))] = data.draw(JSON)
    agreed = _accepts(input_model(definition), payload)
    if agreed != Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).is_valid(payload):
        # The formats of dates are wider in RFC 3339 or checked by libraries that are not here.
        assert "date" in str(schema)


def _accepts(model: type[BaseModel], payload: dict[str, Any]) -> bool:
    try:
        model.model_validate_json(orjson.dumps(payload), strict=True)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("said", [2026, "2026", "20260501", "2026.5", "-1", " 0 "])
@pytest.mark.parametrize("kind", ["datetime", "date", "list[datetime]", "dict[str, date | None]", "{on: datetime}"])
def test_a_number_is_no_moment(kind: str, said: Any) -> None:
    """Pydantic counts it as seconds since 1970."""
    definition = parse_signature(f"at: {kind} -> on: {kind}")
    shapes = {"list": [said], "dict": {"a": said}, "{on:": {"on": said}}
    value = next((shape for start, shape in shapes.items() if kind.startswith(start)), said)
    with pytest.raises(Invalid) as refused:
        validate_inputs(definition, {"at": value})
    assert {issue.code for issue in refused.value.issues} <= {"wrong_format", "wrong_type"}
    with pytest.raises(Unavailable) as unreadable:
        validate_outputs(definition, {"on": value})
    assert [issue.code for issue in unreadable.value.issues] == ["model_output_invalid"]


def test_one_moment_is_one_text_among_outputs() -> None:
    definition = parse_signature("q -> at: datetime, list: list[{on: datetime}]")
    said = {"at": "2026-05-01T12:00:00+02:00", "list": [{"on": "2026-05-01 10:00"}]}
    moment = "2026-05-01T10:00:00Z"
    assert plain(validate_outputs(definition, said)) == {"at": moment, "list": [{"on": moment}]}


@pytest.mark.parametrize("turn", [{}, {"role": "user", "content": "hi"}, {"question": "hi"}, {"answer": "yes"}])
def test_a_turn_that_a_prompt_would_not_show_is_refused(turn: Any) -> None:
    definition = parse_signature("past: History, question -> answer")
    with pytest.raises(Invalid) as refused:
        validate_inputs(
            definition, {"past": [{"question": "a", "answer": "b", "reasoning": "c"}, turn], "question": "d"}
        )
    (issue,) = refused.value.issues
    assert (issue.code, issue.path) == ("bad_turn", ("inputs", "past", 1))
    assert issue.hint == 'write a turn as {"question": …, "answer": …}'
