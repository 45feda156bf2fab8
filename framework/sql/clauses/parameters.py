"""Known values taken out of an expression, so that all expressions that differ in them alone are one pattern."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from framework.expr.nodes import Among, Match, Node, Value, rewrite
from framework.sql.clauses.patterns import like_pattern

# The marks of a parameter's name; no attribute's name has one.
MARK = "#"
PARAMETRIZED = (bool, int, float, Decimal, UUID, date, timedelta, str)
LARGEST = 2**63 - 1


class CannotBeParametrized(Exception):
    """The expression says something else for other values, so it is a pattern of nothing but itself."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """The place of a value, or of a list of them, of one Python type; `sample` is any of those it is made for."""

    name: str
    python: type
    sample: Any = field(compare=False)


def parametrized(node: Node, values: dict[str, Any], name: str = MARK) -> Node:
    """The pattern of an expression; the values taken out of it are added to `values`, under names that begin so.

    Raises CannotBeParametrized.
    """

    def taken(sample: Any, value: Any) -> Parameter:
        parameter = Parameter(f"{name}{len(values)}", _known_type(sample, value), sample)
        values[parameter.name] = value
        return parameter

    def change(part: Node) -> Node | None:
        match part:
            case Value(None):
                return part
            case Value(value):
                return Value(taken(value, value))
            case Among(item, (_, *_) as many):
                return Among(parametrized(item, values, name), (taken(_alike(many), [*many]),))
            case Match(op, item, Value(str() as text)):
                pattern = like_pattern(op, text)
                return Match(op, parametrized(item, values, name), Value(taken(pattern, pattern)))
            case _:
                return None

    return rewrite(node, change)


def _known_type(sample: Any, value: Any) -> type:
    large = isinstance(sample, int) and not all(abs(each) <= LARGEST for each in _several(value))
    if large or not isinstance(sample, PARAMETRIZED):
        raise CannotBeParametrized
    return type(sample)


def _several(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else (value,)


def _alike(many: Sequence[Any]) -> Any:
    """Any of the values, if all are of one type."""
    if len({type(each) for each in many}) > 1:
        raise CannotBeParametrized
    return many[0]
