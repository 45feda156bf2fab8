"""What docs/signatures.md says that DSPy reads otherwise: DSPy still does, and we still read as it says."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from framework.lm.calls.adapter import RememberingAdapter
from framework.lm.dspy_setup import dspy
from framework.lm.programs.signature import signature_of
from framework.lm.signatures.grammar import parse_signature

DOCUMENT = Path(__file__).parents[4] / "docs/signatures.md"
END = "\n\n[[ ## completed ## ]]"
UNREADABLE = "unreadable"
# How the row of the table begins, what a model says for which type, what DSPy makes of it, and what we do.
CASES: list[tuple[str, str, str, Any, Any]] = [
    ("blanks before a header", "str", "  [[ ## a ## ]]\nx", "]]\nx", "x"),
    ("blanks before a header", "str", "Sure: [[ ## a ## ]]\nx", UNREADABLE, "x"),
    ("blanks before a header", "str", "[[ ## a ## ]]\nx [[ ## completed ## ]]", "x [[ ## completed ## ]]", "x"),
    ("U+2028", "str", "[[ ## a ## ]]\nx\u2028y\x85z\x0bw\x0cv", "x\ny\nz\nw\nv", "x\u2028y\x85z\x0bw\x0cv"),
    ("`<think>", "str", "<think>\n[[ ## a ## ]]\nno\n</think>\n[[ ## a ## ]]\nyes", "no\n</think>", "yes"),
    ("`None`", "str | None", "[[ ## a ## ]]\nNone", "None", None),
    ("`2026`", "datetime", "[[ ## a ## ]]\n2026", datetime(1970, 1, 1, 0, 33, 46, tzinfo=UTC), UNREADABLE),
    ("`2026`", "date", "[[ ## a ## ]]\n0", date(1970, 1, 1), UNREADABLE),
    ("`[1,5; 2,5]`", "list[float]", "[[ ## a ## ]]\n[1,5; 2,5]", [1.0, 5.0, 2.0, 5.0], UNREADABLE),
    ("`[1,5; 2,5]`", "list[float]", "[[ ## a ## ]]\n[1,000, 2,000]", [1.0, 0.0, 2.0, 0.0], UNREADABLE),
    ("`[1,5; 2,5]`", "list[float]", "[[ ## a ## ]]\n[50%]", [50.0], UNREADABLE),
    ("`[1,5; 2,5]`", "list[str]", '[[ ## a ## ]]\n["a"", "b"]', ["a", ", ", "b"], UNREADABLE),
    ("`['0', '1']`", "list[Literal[0, 1]]", "[[ ## a ## ]]\n['0', '1']", UNREADABLE, [0, 1]),
    ("a part", "{b: str}", '[[ ## a ## ]]\n{"b": "x", "c": 1}', {"b": "x"}, UNREADABLE),
]


def read(adapter: Any, kind: str, completion: str) -> Any:
    """What the adapter reads, if anything."""
    signature = signature_of(parse_signature(f"q -> a: {kind}"), named="ask")
    try:
        value = adapter.parse(signature, completion + END)["a"]
    except dspy.utils.exceptions.AdapterParseError:
        return UNREADABLE
    return value.model_dump() if hasattr(value, "model_dump") else value


@pytest.mark.parametrize(("row", "kind", "completion", "theirs", "ours"), CASES)
def test_a_difference_is_as_it_is_written(row: str, kind: str, completion: str, *, theirs: Any, ours: Any) -> None:
    assert read(dspy.ChatAdapter(), kind, completion) == theirs
    assert read(RememberingAdapter(), kind, completion) == ours


def test_every_row_that_is_written_is_tried() -> None:
    table = DOCUMENT.read_text(encoding="utf-8").partition("| the answer | DSPy | here |\n|---|---|---|\n")[2]
    rows = re.findall(r"^\| (.*?) \| ", table.partition("\n\n")[0], re.MULTILINE)
    assert len(rows) > 5
    assert [row for row in rows if not any(row.startswith(case[0]) for case in CASES)] == []
