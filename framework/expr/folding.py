"""What an aggregate makes of many values."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import reduce
from math import fsum
from typing import Any

from framework.expr.arithmetic import combine
from framework.expr.comparing import ordered
from framework.expr.nodes import Fold, Operator


def fold(how: Fold, values: Sequence[Any]) -> Any:
    """The values, in their order, made one; absent ones count for nothing, except as the first of all."""
    present = [value for value in values if value is not None]
    match how:
        case Fold.COUNT:
            return len(values)
        case Fold.EXISTS:
            return bool(values)
        case Fold.SUM:
            return _sum(present)
        case Fold.AVG:
            return combine(Operator.DIVIDE, _sum(present), len(present))
        case Fold.MIN:
            return next(iter(ordered(present, _itself, descending=False)), None)
        case Fold.MAX:
            return next(iter(ordered(present, _itself, descending=True)), None)
        case Fold.FIRST:
            return next(iter(values), None)
        case Fold.LIST:
            return present


def _sum(values: Sequence[Any]) -> Any:
    if not values:
        return None
    if isinstance(values[0], float):
        return fsum(values)
    start = Decimal(0) if isinstance(values[0], Decimal) else values[0]
    rest = values if isinstance(values[0], Decimal) else values[1:]
    return reduce(lambda total, value: combine(Operator.ADD, total, value), rest, start)


def _itself(value: Any) -> Any:
    return value
