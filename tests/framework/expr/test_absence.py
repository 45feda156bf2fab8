"""What is absent whatever the record is."""

from __future__ import annotations

from typing import Any

import pytest

from framework.expr.build import Expr, node_of, walk_from
from framework.expr.nodes import Aggregate, Along, Call, Case, Fold, Function, Node, Outer, Value
from framework.expr.reduce import reduced

it: Any = walk_from(None)
ABSENT = Value(None)
nothing: Any = Expr(lambda: ABSENT)


@pytest.mark.parametrize(
    "node",
    [
        Along("shelf", ABSENT),
        Outer(1, ABSENT),
        Along("shelf", Along("room", ABSENT)),
        Along("shelf", (nothing > 1).node),
        (it.pages + nothing).node,
        (nothing / it.pages).node,
        Call(Function.LENGTH, (ABSENT,)),
        Call(Function.LOWER, (Along("shelf", ABSENT),)),
        Case(node_of(it.withdrawn), ABSENT, ABSENT),
        *(Aggregate(fold, "books", ABSENT) for fold in (Fold.FIRST, Fold.MIN, Fold.MAX, Fold.SUM, Fold.AVG)),
    ],
)
def test_what_is_worked_out_of_nothing_is_absent(node: Node) -> None:
    assert reduced(node) == ABSENT


@pytest.mark.parametrize(
    "node",
    [
        Aggregate(Fold.LIST, "books", ABSENT),
        Aggregate(Fold.COUNT, "books"),
        Aggregate(Fold.EXISTS, "books"),
        Case(node_of(it.withdrawn), node_of(it.pages), ABSENT),
        Call(Function.NOW),
    ],
)
def test_what_has_a_value_all_the_same_is_left(node: Node) -> None:
    assert reduced(node) == node
