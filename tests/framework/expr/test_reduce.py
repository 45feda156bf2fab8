"""Expressions with what is known worked out."""

from __future__ import annotations

from typing import Any

import pytest

from framework.expr.build import Expr, node_of, walk_from
from framework.expr.nodes import FALSE, TRUE, Case, Combine, Logic, Node, Some, Value
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
