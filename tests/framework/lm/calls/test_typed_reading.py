"""What a model said, as a value of a type: read, or refused, and never guessed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from framework.lm.calls.typed_reading import read_as
from framework.lm.fields.annotations import python_annotation
from framework.lm.signatures.grammar import parse_type

READ: list[tuple[str, str, Any]] = [
    ("int", " 3 ", 3),
    ("int", "3.0", 3),
    ("int", "```\n5\n```", 5),
    ("float", ".5", 0.5),
    ("bool", "Yes", True),
    ("str", "None", "None"),
    ("str | None", "None", None),
    ("str | None", "null", None),
    ("str | None", "none of it", "none of it"),
    ("int | None", "None", None),
    ("Literal[1, 2]", "2", 2),
    ("Literal['a', 'b']", "'a'", "a"),
    ("date", "2026-05-01", date(2026, 5, 1)),
    ("datetime", '"2026-05-01T10:00:00Z"', datetime(2026, 5, 1, 10, tzinfo=UTC)),
    ("list[str]", "['it\\'s', \"x\"]", ["it's", "x"]),
    ("list[str]", 'These: ["a", "b"].', ["a", "b"]),
    ("list[str]", '["first\nsecond"]', ["first\nsecond"]),
    ("list[float]", "[-1, - 2]", [-1.0, -2.0]),
    ("list[float]", "[1,234.5,2]", [1.0, 234.5, 2.0]),
    ("list[Literal[0, 1]]", "['0', '1']", [0, 1]),
    ("list[date | None]", '["2026-05-01", null]', [date(2026, 5, 1), None]),
    ("dict[str, str | None]", "{'a': None, b: 'None'}", {"a": None, "b": "None"}),
]
REFUSED = [
    ("int", "1,234"),
    ("int", "5 apples"),
    ("float", "85%"),
    ("datetime", "2026"),
    ("datetime", "20260501"),
    ("datetime", "2026.5"),
    ("datetime", "-1"),
    ("date", "0"),
    ("date | None", "86400"),
    ("list[datetime]", "[2026]"),
    ("list[datetime]", '["2026"]'),
    ("list[float]", "[1,234.5, 2]"),
    ("list[float]", "[1,5; 2,5]"),
    ("list[float]", "[50%, 20%]"),
    ("list[int]", "[1,000, 2,000]"),
    ("list[str]", '["TV 32" wide"]'),
    ("list[str]", '["a"]\n["b"]'),
    ("list[str]", '["a" "b"]'),
    ("list[str]", "['it's', 'x']"),
    ("list[str]", '["a", "b"'),
    ("list[str]", "['a\\/b',]"),
    ("list[{id: int, name}]", "[{'id': 1, 'name': 'O'Neil'}, {'id': 2, 'name': 'x'}]"),
    ("{a: int}", '{"a": 1, "b": 2}'),
    ("dict[str, int]", "{[1]: 2}"),
    ("list[str]", "__import__('os').listdir()"),
    ("list[str]", "[" * 5000),
]


@pytest.mark.parametrize(("kind", "said", "meant"), READ)
def test_what_is_meant_is_read(kind: str, said: str, meant: Any) -> None:
    assert read_as(said, python_annotation(parse_type(kind))) == meant


@pytest.mark.parametrize(("kind", "said"), REFUSED)
def test_what_may_mean_several_things_is_refused(kind: str, said: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each kind of value is refused in words of its own
        read_as(said, python_annotation(parse_type(kind)))
