"""What filters and orders cost."""

from __future__ import annotations

from typing import Any

import pytest

from framework.errors import Invalid
from framework.wire.weighing import MOST, filter_cost, refuse_dear, sort_cost

DEEP: Any = {}
for _ in range(5000):
    DEEP = {"not": DEEP}


@pytest.mark.parametrize(
    ("tree", "cost"),
    [
        (None, 0),
        ({}, 0),
        ({"title": {"eq": "x"}}, 2),
        ({"title": {"eq": "x", "ne": "y"}, "pages": {"gt": 1}}, 5),
        ({"title": {"like": "x%"}}, 2),
        ({"title": {"like": "%x"}}, 12),
        ({"title": {"like": "_x"}}, 12),
        ({"title": {"ilike": "x"}}, 12),
        ({"pages": {"in": [1] * 100}}, 4),
        ({"data": {"eq": {"a": {"ilike": "x"}}}}, 2),
        ({"or": [{"title": {"ilike": "x"}}] * 90}, 1 + 90 * 12),
        ({"author": {"name": {"eq": "x"}}}, 3),
        ({"books": {"some": {"title": {"eq": "x"}}}}, 14),
        (DEEP, 32),
    ],
)
def test_a_filter_costs_more_where_no_index_helps(tree: Any, cost: int) -> None:
    assert filter_cost(tree) == cost


def test_what_is_too_dear_is_refused_with_cost_and_limit() -> None:
    refuse_dear(MOST, MOST)
    with pytest.raises(Invalid, match="the filter cost of this list is 305, at most 300 is allowed") as caught:
        refuse_dear(filter_cost({"or": [{"title": {"ilike": "x"}}] * 24}) + sort_cost(3) + 1, MOST)
    (issue,) = caught.value.issues
    assert (issue.code, issue.params) == ("too_complex", {"limit": "filter cost", "found": 305, "maximum": 300})
