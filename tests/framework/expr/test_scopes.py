"""Which record a part of an expression speaks of, settled."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.derived import calculate, sum_of
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.expr.build import Expr, node_of
from framework.expr.nodes import Aggregate, Compare, Comparison, Fold, Node, Outer, Ref, Some, Value
from framework.expr.scopes import WrongRecord, settled


class Store(Resource):
    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute()
    amount: Attr[int] = attribute()
    orders: Many[Order] = has_many()


class Order(Resource):
    id: Attr[UUID] = primary_key()
    amount: Attr[int] = attribute()
    store: One[Store] = belongs_to()
    lines: Many[Line] = has_many()
    payments: Many[Line] = has_many("paid")
    above: Attr[int | None] = sum_of(lines, lambda line: line.amount, where=lambda line: line.amount > Order.amount)
    any_above: Attr[bool] = calculate(lines.any(lambda line: line.amount > line.order.amount))


class Rush(Order):
    """An order in a hurry."""


class Line(Resource):
    id: Attr[UUID] = primary_key()
    amount: Attr[int] = attribute()
    order: One[Order] = belongs_to()
    paid: One[Order] = belongs_to()


AMOUNT = Ref("amount")


def above(other: Node) -> Node:
    return Compare(Comparison.GT, AMOUNT, other)


def test_a_lambda_inside_a_lambda_speaks_of_both_records() -> None:
    written = Store.orders.any(lambda order: order.lines.any(lambda line: line.amount > order.amount))
    assert written.node == Some("orders", Some("lines", above(Outer(1, AMOUNT))))


def test_the_class_means_the_record_that_the_whole_expression_is_about() -> None:
    written = Order.lines.any(lambda line: line.amount > Order.amount)
    assert written.node == Some("lines", above(Outer(1, AMOUNT)))
    assert (
        Store.orders.any(lambda order: order.lines.any(lambda line: line.amount > Store.amount)).node
        == Some("orders", Some("lines", above(Outer(2, AMOUNT))))
    )  # fmt: skip


def test_a_path_begun_further_out_can_still_be_compared_with_what_is_near() -> None:
    written = Store.orders.any(
        lambda order: order.lines.any(lambda line: order.payments.any(lambda paid: paid.amount > line.amount))
    )
    assert written.node == Some("orders", Some("lines", Outer(1, Some("payments", above(Outer(2, AMOUNT))))))


def test_a_path_of_several_links_is_as_many_records_long() -> None:
    written: Expr[bool] = Store.orders.any(
        lambda order: order.store.orders.any(lambda other: other.amount > order.amount)
    )
    assert written.node == Some("orders", Some("store", Some("orders", above(Outer(2, AMOUNT)))))


def test_an_aggregate_speaks_of_the_record_it_is_worked_out_for() -> None:
    built = settled(vars(Order)["above"].options.build(), Order)
    assert built == Aggregate(Fold.SUM, "lines", AMOUNT, above(Outer(1, AMOUNT)))


def test_what_an_ancestor_declares_belongs_to_the_heir() -> None:
    assert node_of(Order.amount, Rush) == AMOUNT
    assert (Rush.amount > Order.amount).node == above(AMOUNT)


@pytest.mark.parametrize(
    ("expression", "strange"),
    [
        (Store.name == "x", "`Store.name`"),
        (Order.lines.any(lambda _: Line.amount > 3), "`Line.amount`"),
        (Rush.amount > 3, "`Rush.amount`"),
        (Store.orders.any(lambda order: order.amount > 3), "`Store.orders`"),
    ],
)
def test_another_resource_is_refused(expression: Expr[bool], strange: str) -> None:
    with pytest.raises(WrongRecord, match=f"^{strange} belongs to another resource, and this is about `Order`"):
        node_of(expression, Order)


def test_an_expression_is_about_one_resource() -> None:
    with pytest.raises(WrongRecord, match="belongs to another resource"):
        (Order.amount > Store.amount).node  # noqa: B018 - putting it together is the act


def test_the_record_of_a_lambda_stays_in_the_lambda() -> None:
    kept: list[Any] = []

    def keeping(line: Any) -> Expr[bool]:
        kept.append(line)
        return Expr(lambda: (line.amount > 3).tree_)

    assert Order.lines.any(keeping).node == Some("lines", Compare(Comparison.GT, AMOUNT, Value(3)))
    with pytest.raises(WrongRecord, match="used outside of the lambda"):
        node_of(kept[0].amount > 3, Order)
