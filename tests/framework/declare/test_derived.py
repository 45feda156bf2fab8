from __future__ import annotations

from uuid import UUID

import pytest

from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.derived import DerivedOptions, calculate, count, exists, first, list_of, maximum, sum_of
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.expr.nodes import Aggregate, Arithmetic, Compare, Comparison, Fold, Operator, Ref, Value
from framework.expr.scopes import settled


class Shop(Resource):
    id: Attr[UUID] = primary_key()
    orders: Many[Order] = has_many()
    order_count: Attr[int] = count(orders)
    large: Attr[bool] = exists(orders, where=lambda o: o.total > 100)
    revenue: Attr[float | None] = sum_of(orders, lambda o: o.total)
    latest: Attr[float | None] = first(orders, lambda o: o.total, sort=["-placed", "id"])
    totals: Attr[list[float]] = list_of(orders, lambda o: o.total)
    net: Attr[float | None] = calculate(revenue - 1)


class Franchise(Shop):
    largest: Attr[float | None] = maximum(Shop.orders, lambda o: o.total)


class Order(Resource):
    id: Attr[UUID] = primary_key()
    total: Attr[float] = attribute()
    placed: Attr[int] = attribute()
    shop: One[Shop] = belongs_to()


def built(record: type, name: str) -> object:
    words = vars(record)[name].options
    assert isinstance(words, DerivedOptions)
    return settled(words.build())


TOTAL = Ref("total")


@pytest.mark.parametrize(
    ("name", "node"),
    [
        ("order_count", Aggregate(Fold.COUNT, "orders")),
        ("large", Aggregate(Fold.EXISTS, "orders", None, Compare(Comparison.GT, TOTAL, Value(100)))),
        ("revenue", Aggregate(Fold.SUM, "orders", TOTAL)),
        ("latest", Aggregate(Fold.FIRST, "orders", TOTAL, None, (("placed", True), ("id", False)))),
        ("totals", Aggregate(Fold.LIST, "orders", TOTAL)),
        ("net", Arithmetic(Operator.SUBTRACT, Ref("revenue"), Value(1))),
    ],
)
def test_a_derived_value_is_an_expression(name: str, node: object) -> None:
    assert built(Shop, name) == node


def test_an_aggregate_may_be_taken_over_an_inherited_link() -> None:
    assert built(Franchise, "largest") == Aggregate(Fold.MAX, "orders", TOTAL)


def test_an_aggregate_over_anything_else_says_so() -> None:
    words = count(vars(Order)["shop"]).options
    assert isinstance(words, DerivedOptions)
    with pytest.raises(TypeError, match=r"`count` is taken over a `Many\[...\]` of the class"):
        words.build()
