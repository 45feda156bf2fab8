"""How values compare, whoever stored them: enum members by their stored value, models by their JSON."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar
from uuid import UUID

from pydantic import BaseModel

from framework.expr.nodes import Comparison
from framework.expr.sameness import same_json
from framework.types.canonical import canonical
from framework.types.model_json import model_json

UUID_TEXT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
T = TypeVar("T")

TESTS: dict[Comparison, Callable[[Any, Any], bool]] = {
    Comparison.EQ: same_json,
    Comparison.NE: lambda left, right: not same_json(left, right),
    Comparison.LT: operator.lt,
    Comparison.LE: operator.le,
    Comparison.GT: operator.gt,
    Comparison.GE: operator.ge,
}


def comparable(value: Any) -> Any:
    """The value as the store has it: strings, numbers, times, lists, maps."""
    match value:
        case Enum():
            return value.value
        case BaseModel():
            return model_json(canonical(value))
        case list() | tuple():
            return [comparable(item) for item in value]
        case dict():
            return {name: comparable(item) for name, item in value.items()}
        case _:
            return value


def compare(op: Comparison, left: Any, right: Any) -> bool | None:
    """Whether the comparison holds; unknown when either value is absent."""
    if left is None or right is None:
        return None
    first, second = comparable(left), comparable(right)
    return TESTS[op](_like(first, second), _like(second, first))


def _like(value: Any, other: Any) -> Any:
    """The value as it meets the other one: in SQL a decimal meets a float as a float, a text an identifier as one."""
    if isinstance(value, Decimal) and isinstance(other, float):
        return float(value)
    # The id of an actor is a text, whatever the attribute it is compared with holds.
    if isinstance(value, str) and isinstance(other, UUID):
        return UUID(value) if UUID_TEXT.fullmatch(value) else value
    return value


def among(item: Any, values: Iterable[Any]) -> bool | None:
    """Whether the value equals one of those; unknown where an absent value leaves it open."""
    answers = [compare(Comparison.EQ, item, value) for value in values]
    return True if True in answers else None if None in answers else False


def ordered(
    items: Iterable[T], by: Callable[[T], Any], *, descending: bool = False, nulls_first: bool = False
) -> list[T]:
    """The items in the order of a value, absent ones at one end whichever the direction; a stable sort."""
    present: list[tuple[Any, T]] = []
    absent: list[T] = []
    for item in items:
        value = by(item)
        if value is None:
            absent.append(item)
        else:
            present.append((comparable(value), item))
    present.sort(key=operator.itemgetter(0), reverse=descending)
    known = [item for _, item in present]
    return absent + known if nulls_first else known + absent
