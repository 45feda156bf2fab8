"""Which types of values go together, and what becomes of them: the same rules wherever an expression is read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from framework.expr.nodes import Fold, Operator
from framework.types.resolve import SCALARS
from framework.types.type import NUMBERS, ORDERED, STRUCTURED, Kind, Type

INTEGER, FLOAT, BOOLEAN, TEXT = SCALARS[int], SCALARS[float], SCALARS[bool], SCALARS[str]
MOMENT, DURATION = SCALARS[datetime], SCALARS[timedelta]
# From the narrowest to the widest: what a number becomes when it meets another.
WIDTHS = (Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT)
TIMES = frozenset({Kind.DATE, Kind.DATETIME})
# PostgreSQL knows no least of these, and no array of those.
NO_LEAST = frozenset({Kind.BOOLEAN, Kind.UUID})
NOT_LISTED = STRUCTURED | {Kind.VECTOR}
PYTHON = (bool, int, float, Decimal, UUID, datetime, date, timedelta, str)


def type_of_value(value: Any) -> Type | None:
    """The type of a known value; None where it could be of several."""
    plain = value.value if isinstance(value, Enum) else value
    return next((SCALARS[python] for python in PYTHON if isinstance(plain, python)), None)


def stored(kind: Type) -> Type:
    """The type that an enum or a Literal is stored as; any other is stored as itself."""
    return (type_of_value(kind.choices[0]) or kind) if kind.choices else kind


def alike(one: Type, other: Type) -> bool:
    """Whether values of the two can be equal: numbers with numbers, texts with choices of texts, JSON with any."""
    kinds = {stored(one).kind, stored(other).kind}
    return len(kinds) == 1 or kinds <= NUMBERS or Kind.JSON in kinds or kinds <= {Kind.MODEL, Kind.MAP}


def has_order(kind: Type) -> bool:
    """Whether one value comes before another."""
    return stored(kind).kind in ORDERED or kind.python is Any


def common(types: Iterable[Type]) -> Type | None:
    """The type that holds values of all of these; None where there is none."""
    found: Type | None = None
    for kind in types:
        if found is None or (found.kind is kind.kind and found.python == kind.python):
            found = kind
        elif not alike(found, kind):
            return None
        else:
            found = _wider(stored(found), stored(kind))
    return found


def arithmetic_type(op: Operator, left: Type, right: Type) -> Type | None:
    """What arithmetic makes of two values; None where there is no such."""
    one, other = stored(left).kind, stored(right).kind
    kinds = {one, other}
    if kinds <= NUMBERS:
        whole = op is Operator.DIVIDE and kinds == {Kind.INTEGER}
        return FLOAT if whole else _wider(stored(left), stored(right))
    if Kind.DURATION in kinds:
        return _with_duration(op, left, right)
    if op is Operator.SUBTRACT and one is other and one in TIMES:
        return DURATION
    return TEXT if op is Operator.ADD and kinds == {Kind.STRING} else None


def folded(fold: Fold, kind: Type) -> Type | None:
    """What an aggregate makes of values of a type; None where there is no such."""
    plain = stored(kind).kind
    any_type = kind.python is Any
    match fold:
        case Fold.SUM | Fold.AVG if not any_type and plain not in NUMBERS:
            return None
        case Fold.MIN | Fold.MAX if plain in NO_LEAST or not has_order(kind):
            return None
        case Fold.LIST if not any_type and plain in NOT_LISTED:
            return None
        case Fold.LIST:
            return Type(Kind.LIST, list, item=kind.required())
        case Fold.AVG if plain is Kind.INTEGER:
            return FLOAT
        case _:
            return kind


def _with_duration(op: Operator, left: Type, right: Type) -> Type | None:
    """A duration with another value: with a time, a number or a second duration."""
    one, other = left.kind, right.kind
    match op:
        case Operator.ADD if one in TIMES or other in TIMES:
            return left if one in TIMES else right
        case Operator.SUBTRACT if one in TIMES:
            return left
        case Operator.ADD | Operator.SUBTRACT if one is other:
            return DURATION
        case Operator.MULTIPLY if one in NUMBERS or other in NUMBERS:
            return DURATION
        case Operator.DIVIDE if one is other:
            return FLOAT
        case Operator.DIVIDE if other in NUMBERS:
            return DURATION
    return None


def _wider(one: Type, other: Type) -> Type:
    if one.kind in WIDTHS and other.kind in WIDTHS:
        return max(one, other, key=lambda kind: WIDTHS.index(kind.kind))
    return other if one.kind is Kind.JSON else one
