"""Field types as Python annotations."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, Literal, Optional

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from framework.lm.fields.annotations import Citation, annotation_of, python_annotation, read_json
from framework.lm.signatures.grammar import parse_type
from framework.lm.values.kept_json import NotKept


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("str[1..5]", str),
        ("int[1..5]", int),
        ("float[0..1]", float),
        ("date", date),
        ("datetime", datetime),
        ("list[int[0..1]][..3]", list[int]),
        ("dict[str, Probability]", dict[str, float]),
        ("Literal['a', 1, true]", Literal["a", 1, True]),
        ("str | None", Optional[str]),  # noqa: UP045 - compared as it is made
        ("Embedding[3]", list[float]),
        ("Citation", Citation),
        ("Reasoning", str),
        ("Image", str),
    ],
)
def test_a_model_is_prompted_with_plain_types(text: str, expected: Any) -> None:
    assert python_annotation(parse_type(text)) == expected


def test_an_object_keeps_its_limits_in_both_forms() -> None:
    part = parse_type("{n: int[1..3]}")
    for model in (python_annotation(part, named="Part"), annotation_of(part, named="Part")):
        assert issubclass(model, BaseModel)
        assert model.model_json_schema()["properties"]["n"] == {
            "maximum": 3,
            "minimum": 1,
            "title": "N",
            "type": "integer",
        }


@pytest.mark.parametrize(
    ("text", "good", "bad"),
    [
        ("Probability", 1, 1.01),
        ("Score", 0, -0.01),
        ("Embedding[2]", [1, 2], [1]),
        ("Citation", {"source": "a", "quote": "b"}, {"source": "a"}),
        ("Image", "https://example.test/a.png", "file:///etc/passwd"),
        ("Image", "data:image/png;base64,iVBORw0KGgo=", "data:text/html;base64,aaaa"),
        ("History", [{"q": "a", "n": [1]}], [[]]),
        ("Literal[1, 'a']", 1, True),
        ("Literal[true]", True, 1),
        ("int", 2**53 - 1, 2**53),
        ("float", 1, "1"),
        ("date", "2026-11-21", 20261121),
    ],
)
def test_a_type_takes_its_own_values_alone(text: str, good: Any, bad: Any) -> None:
    annotation = annotation_of(parse_type(text))
    assert TypeAdapter(annotation).dump_python(read_json(good, annotation), mode="json") == good
    with pytest.raises(ValidationError):
        read_json(bad, annotation)


def test_a_moment_without_an_offset_is_in_utc() -> None:
    assert read_json("2026-11-21T10:00:00", annotation_of(parse_type("datetime"))) == datetime(
        2026, 11, 21, 10, tzinfo=UTC
    )


def test_what_cannot_be_kept_is_no_value() -> None:
    for value in ("\0", "\ud800", object()):
        with pytest.raises(NotKept):
            read_json(value, str)
