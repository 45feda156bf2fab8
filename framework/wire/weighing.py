"""What a filter and an order cost the database, told by how they are written: one measure for every transport."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from framework.errors import Invalid

MOST = 300
# What no index helps with, or what is looked for in other records: each goes through many records.
DEAR = 10
# So many values in a list cost as much as one condition.
LISTED = 50
SORTED = 5
# What nests deeper is no filter, and is refused as such.
LEVELS = 32
WILDCARDS = ("%", "_")
RELATED = ("some", "none", "every")
# What they compare with may be an object itself.
EQUALITY = ("eq", "ne")
HINT = "each condition costs 2, each `ilike`, pattern that begins with a wildcard, `some`, `none` or `every` 10 more"


def filter_cost(tree: Any, levels: int = LEVELS) -> int:
    """One for each name in a filter, and more for what is dear."""
    if levels == 0:
        return 0
    if isinstance(tree, (list, tuple)):
        return sum(filter_cost(item, levels - 1) for item in tree)
    if isinstance(tree, Mapping):
        return sum(1 + _entry_cost(str(name), value, levels - 1) for name, value in tree.items())
    return 0


def sort_cost(steps: int) -> int:
    """The cost of an order by so many values, the links on the way to them counted too."""
    return SORTED * steps


def refuse_dear(cost: int, most: int) -> None:
    """Raises Invalid when the filter and the order of a list cost more than is allowed."""
    if cost > most:
        says = f"the filter cost of this list is {cost}, at most {most} is allowed"
        params = {"limit": "filter cost", "found": cost, "maximum": most}
        raise Invalid(says, code="too_complex", path=("filter",), params=params, hint=HINT)


def _entry_cost(name: str, value: Any, levels: int) -> int:
    if isinstance(value, str):
        return DEAR * (name == "ilike" or (name == "like" and value.startswith(WILDCARDS)))
    if name in EQUALITY:
        return 0
    if isinstance(value, (list, tuple)) and not any(isinstance(item, Mapping) for item in value):
        return len(value) // LISTED
    return DEAR * (name in RELATED) + filter_cost(value, levels)
