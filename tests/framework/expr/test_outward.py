"""What hangs on a record further out is told from what does not."""

from __future__ import annotations

import pytest

from framework.expr.nodes import TRUE, Along, Compare, Comparison, Node, Outer, Ref, Some
from framework.expr.outward import looks_out


def compared(left: Node, right: Node) -> Node:
    return Compare(Comparison.LT, left, right)


@pytest.mark.parametrize(
    ("node", "outward"),
    [
        (TRUE, False),
        (compared(Ref("a"), Ref("b")), False),
        (compared(Ref("a"), Outer(1, Ref("b"))), True),
        (Some("lines", compared(Ref("a"), Outer(1, Ref("b")))), False),
        (Some("lines", compared(Ref("a"), Outer(2, Ref("b")))), True),
        (Along("order", Along("buyer", Outer(2, Ref("a")))), False),
        (Along("order", Outer(1, Along("buyer", Outer(3, Ref("a"))))), False),
        (Along("order", Outer(1, Along("buyer", Outer(4, Ref("a"))))), True),
    ],
)
def test_an_expression_looks_out_where_it_leaves_its_own_record(node: Node, outward: bool) -> None:  # noqa: FBT001 - as parametrized
    assert looks_out(node) is outward
