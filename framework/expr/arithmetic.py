"""Arithmetic as the store does it: decimals stay exact, a division is never cut off, by zero is unknown; texts join."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal, localcontext
from typing import Any

from framework.expr.comparing import comparable
from framework.expr.nodes import Operator

PRECISION = 100  # digits; more than any column holds, so that only a division is ever rounded


def combine(op: Operator, left: Any, right: Any) -> Any:
    """The result; unknown when either value is absent, or when it divides by zero."""
    if left is None or right is None:
        return None
    first, second = _alike(comparable(left), comparable(right))
    with localcontext() as context:
        context.prec = PRECISION
        match op:
            case Operator.ADD:
                return first + second
            case Operator.SUBTRACT:
                # A date keeps no hours, so one hour less is the day before: Python would drop the hour instead.
                return first + -second if isinstance(second, timedelta) else first - second
            case Operator.MULTIPLY:
                return first * second
            case Operator.DIVIDE:
                return first / second if second else None


def _alike(left: Any, right: Any) -> tuple[Any, Any]:
    """A decimal that meets a float or a duration becomes a float; anything else combines as it is."""
    if isinstance(left, Decimal) and isinstance(right, float | timedelta):
        return float(left), right
    if isinstance(left, float | timedelta) and isinstance(right, Decimal):
        return left, float(right)
    return left, right
