"""Expressions with what is known worked out."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from framework.expr.build import Expr, node_of, walk_from
from framework.expr.nodes import FALSE, TRUE, Call, Case, Combine, Function, Logic, Node, Some, Value
from framework.expr.reduce import reduced

it: Any = walk_from(None)
one: Any = Expr(lambda: Value(1))
unknown: Any = Expr(lambda: Value(None))


@pytest.mark.parametrize(
    ("expression", "smaller"),
    [
        (one == 1, TRUE),
        (one > 1, FALSE),
        (unknown > 1, Value(None)),
        (it.a == unknown, Value(None)),
        (unknown.is_null(), TRUE),
        (one.one_of([2, 3]), FALSE),
        (~(one == 1), FALSE),
        (~(unknown > 1), Value(None)),
        ((it.a == 1) & (one == 1), (it.a == 1).node),
        ((it.a == 1) & (one == 2), FALSE),
        ((it.a == 1) | (one == 1), TRUE),
        ((it.a == 1) | (one == 2), (it.a == 1).node),
        ((it.a == 1) & (unknown > 1), Combine(Logic.AND, ((it.a == 1).node, Value(None)))),
        (it.many.any(lambda m: (m.a == 1) | (one == 2)), Some("many", (it.a == 1).node)),
        (Expr(lambda: Case((one == 1).node, node_of(it.a), node_of(it.b))), node_of(it.a)),
        (Expr(lambda: Case(Value(None), node_of(it.a), node_of(it.b))), node_of(it.b)),
        (one < "x", (one < "x").node),
    ],
)
def test_what_needs_no_record_is_worked_out(expression: Expr[Any], smaller: Node) -> None:
    assert reduced(expression.node) == smaller


def known(value: Any) -> Any:
    """The expression of a known value."""
    return Expr(lambda: Value(value))


def first_of(*values: Any) -> Any:
    """The first of the values that is there."""
    return Expr(lambda: Call(Function.COALESCE, tuple(map(node_of, values))))


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        (known(3) * 2, 6),
        ((known(3) * 2 - 1) + known(4), 9),
        (known(1.5) * 2, 3.0),
        (known(Decimal("1.50")) + 1, Decimal("2.50")),
        (known("a") + "b", "ab"),
        (known("é🐍").length(), 2),
        (Expr(lambda: Call(Function.ABS, (Value(-3),))), 3),
        (first_of(None, 1), 1),
        (first_of(1, 2), 1),
        (first_of(None, None), None),
    ],
)
def test_a_value_of_known_ones_is_worked_out(expression: Expr[Any], value: Any) -> None:
    assert reduced(expression.node) == Value(value)


@pytest.mark.parametrize(
    ("expression", "smaller"),
    [
        (known("a_c").like("a\\_c"), TRUE),
        (known("abc").like("b%"), FALSE),
        (known("abc").contains("b"), TRUE),
        (known("abc").starts_with("b"), FALSE),
        (unknown.contains("b"), Value(None)),
        (it.a + (known(3) * 2), (it.a + 6).node),
        (first_of(it.a, None), node_of(it.a)),
        (first_of(None, it.a, None, 1), first_of(it.a, 1).node),
    ],
)
def test_what_is_known_within_an_expression_is_worked_out(expression: Expr[Any], smaller: Node) -> None:
    assert reduced(expression.node) == smaller


@pytest.mark.parametrize(
    "expression",
    [
        known(3) / 2,
        known(3) / 0,
        known(2**62) * 4,
        known(1e300) * 1e300,
        known(1e-300) * 1e-300,
        known(Decimal("1.5")) * 2,
        known(Decimal("1e90")) + Decimal("1e-90"),
        known(date(2026, 1, 31)) + timedelta(hours=1),
        known(True) + True,
        known("İ").lower(),
        known("a").ilike("A"),
        first_of(1, it.a),
        first_of(1, 2.5),
    ],
)
def test_what_stores_could_differ_in_is_left_to_them(expression: Expr[Any]) -> None:
    assert reduced(expression.node) == expression.node
