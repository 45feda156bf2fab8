from __future__ import annotations

import json
from typing import Any

import pytest

from framework.lm.values.literals import NotALiteral, read_literal


@pytest.mark.parametrize(
    "said",
    [
        '{"cat": [100,200,300,400], "dog": [5,6,7,8]}',
        "[[100,200], [300,400]]",
        '{"name": "Doe, John","box":[100,200,300]}',
        '{"says": "1,000 of them, or so", "n": 1}',
        '{"box":[100,200], "of": {"n": 1,"m": 2}}',
        "[100,200]",
        "[100, 200]",
    ],
)
def test_lists_in_themselves_are_separated_in_one_way(said: str) -> None:
    assert read_literal(said) == json.loads(said)


@pytest.mark.parametrize(
    "said",
    [
        "[1,234.5, 2]",
        "[1,000, 2,000]",
        "{'a': 1,000, 'b': 2}",
        '{"a": [1,000, 2], "b": [3]}',
        '[[1, 2], 3,000, "x"]',
        "1,000, 2",
    ],
)
def test_digits_in_groups_beside_items_are_refused(said: str) -> None:
    with pytest.raises(NotALiteral):
        read_literal(said)


def test_python_lists_are_held_to_the_same() -> None:
    found: Any = read_literal("{'box': [100,200], 'name': 'Doe, John'}")
    assert found == {"box": [100, 200], "name": "Doe, John"}
