"""Lines of an import hold the JSON that every other way in takes."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from framework.types.json_values import DEEPEST, LEAST, MOST
from resources.datasets.example_lines import read_lines


def written(value: str) -> str:
    """A line with this JSON as an input."""
    return f'{{"inputs": {{"it": {value}}}, "labels": {{"team": "billing"}}}}'


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


@pytest.mark.parametrize("value", [str(MOST), str(LEAST), "1e308", nested(DEEPEST - 1)])
def test_what_can_be_kept_is_taken(value: str) -> None:
    lines, issues = read_lines(written(value), None)
    assert issues == []
    assert lines[0].inputs == {"it": orjson.loads(value)}


@pytest.mark.parametrize(
    ("value", "code", "path"),
    [
        (str(MOST + 1), "out_of_range", ("inputs", "it")),
        (str(LEAST - 1), "out_of_range", ("inputs", "it")),
        ("9" * 5000, "out_of_range", ("inputs", "it")),
        ("1e400", "finite_number", ("inputs", "it")),
        ('["\\ud800"]', "string_unicode", ("inputs", "it", 0)),
        ('{"a\\u0000": 1}', "nul_character", ("inputs", "it")),
        (nested(DEEPEST), "too_deep", ("inputs", "it", *[0] * (DEEPEST - 1))),
    ],
)
def test_what_cannot_be_kept_is_told_by_its_line_and_place(value: str, code: str, path: tuple[Any, ...]) -> None:
    lines, issues = read_lines(written("1") + "\n" + written(value), None)
    assert [line.number for line in lines] == [1]
    assert [(issue.code, issue.path) for issue in issues] == [(code, ("content", 2, *path))]
    assert issues[0].message.startswith("line 2, inputs.it")


def test_a_name_of_the_line_itself_that_cannot_be_kept_is_told() -> None:
    _, issues = read_lines('{"a\\u0000": 1}', None)
    assert [(issue.code, issue.message) for issue in issues] == [
        ("nul_character", "line 1: a text holds no NUL character")
    ]
