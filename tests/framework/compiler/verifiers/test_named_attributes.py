from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from framework.declare.actions import Read, argument
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.derived import calculate, count, first, sum_of
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.declare.rules import check, identity, index
from framework.expr.build import argument_value

Problems = Callable[..., list[str]]


class Shop(Resource):
    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute()
    orders: Many[Order] = has_many()
    large: Attr[int] = count(orders, where=lambda o: o.totl > 3)  # type: ignore[attr-defined]  # on purpose
    revenue: Attr[float | None] = sum_of(orders, lambda o: o.sum)  # type: ignore[attr-defined]  # on purpose
    latest: Attr[float | None] = first(orders, lambda o: o.total, sort=["-plced"])
    named: Attr[bool] = calculate(orders.any(lambda o: o.shop.nam == "x"))  # type: ignore[attr-defined]  # on purpose


class Order(Resource):
    id: Attr[UUID] = primary_key()
    total: Attr[float] = attribute()
    placed: Attr[int] = attribute()
    shop: One[Shop] = belongs_to()
    shop_name: Attr[str] = calculate(shop.nme)
    same: Attr[bool] = calculate(shop == "x")
    others: Attr[float] = calculate(shop.orders.total)
    one_total = identity("totl")
    positive = check(shop.size > 0)
    by_total = index("-totl", where=total > 0)
    by_none = identity()
    by_one = identity(total, total)
    browse = Read(where=total > argument_value("leest"), arguments={"least": argument(float)})


def test_every_name_that_stands_for_nothing_is_told(problems: Problems) -> None:
    assert problems(Shop, Order) == [
        "`Shop.large`: `Order` has no `totl` (did you mean `total`?)",
        "`Shop.revenue`: `Order` has no `sum`",
        "`Shop.latest`: `plced` is not an attribute of `Order` (did you mean `placed`?)",
        "`Shop.named`: `Shop` has no `nam` (did you mean `name`?)",
        "`Order.shop_name`: `Shop` has no `nme` (did you mean `name`?)",
        "`Order.same`: `Order.shop` is a link, not a value (say which value: `shop.id`)",
        "`Order.others`: `Shop.orders` leads to many records (say `.any(...)`, or take an aggregate)",
        "`Order.one_total`: `totl` is not an attribute (did you mean `total`?)",
        "`Order.positive`: `Shop` has no `size`",
        (
            "`Order.positive`: `shop.size` is another record's, and the database sees only the stored values of one "
            "record here"
        ),
        "`Order.index`: `totl` is not an attribute (did you mean `total`?)",
        "`Order.by_none`: names no attribute",
        "`Order.by_one`: `total` is said twice (say it once)",
        "`Order.browse.where`: there is no argument `leest` (did you mean `least`?)",
    ]
