from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from framework.declare.actions import Read
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.derived import average, calculate, count, exists, list_of, maximum, sum_of
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.declare.rules import check, identity, index

Problems = Callable[..., list[str]]
PLAIN: Any = "title"


class Order(Resource):
    id: Attr[UUID] = primary_key()
    total: Attr[float] = attribute()
    pieces: Attr[int] = attribute()
    remark: Attr[str] = attribute()
    shop: One[Shop | None] = belongs_to()


class Shop(Resource):
    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute()


def test_annotations_that_fit(problems: Problems) -> None:
    class Fitting(Shop):
        orders: Many[Line] = has_many()
        size: Attr[int] = count(orders)
        as_float: Attr[float] = count(orders)  # type: ignore[assignment]  # an int is one
        any_at_all: Attr[bool] = exists(orders)
        pieces: Attr[int | None] = sum_of(orders, lambda o: o.pieces)
        mean: Attr[float | None] = average(orders, lambda o: o.pieces)
        remark: Attr[str | None] = maximum(orders, lambda o: o.remark)
        remarks: Attr[list[str]] = list_of(orders, lambda o: o.remark)
        anything: Attr[Any] = maximum(orders, lambda o: o.remark)
        ratio: Attr[float | None] = calculate(size / 2)
        long: Attr[bool] = calculate(Shop.name.length() > 3)

    class Line(Order):
        shop: One[Fitting] = belongs_to()

    assert problems(Fitting, Line) == []


def test_annotations_that_the_expression_breaks(problems: Problems) -> None:
    class Broken(Shop):
        orders: Many[Line] = has_many()
        size: Attr[str] = count(orders)  # type: ignore[assignment]  # wrong on purpose
        any_at_all: Attr[int] = exists(orders)  # type: ignore[assignment]  # wrong on purpose
        pieces: Attr[int] = sum_of(orders, lambda o: o.pieces)
        remarks: Attr[str] = list_of(orders, lambda o: o.remark)
        total: Attr[float | None] = sum_of(orders, lambda o: o.remark)
        ratio: Attr[float] = calculate(Shop.name.length() / 2)  # type: ignore[arg-type]  # wrong on purpose
        shout: Attr[int] = calculate(Shop.name.upper())  # type: ignore[arg-type]  # wrong on purpose

    class Line(Order):
        shop: One[Broken | None] = belongs_to()
        shop_name: Attr[str] = calculate(shop.name)

    assert problems(Broken, Line) == [
        "`Broken.size`: is annotated as string, but its expression gives integer",
        "`Broken.any_at_all`: is annotated as integer, but its expression gives boolean",
        "`Broken.pieces`: its expression may give None (write `Attr[... | None]`)",
        "`Broken.remarks`: is annotated as string, but its expression gives list of string",
        "`Broken.total`: there is no sum of values of the type string",
        "`Broken.ratio`: its expression may give None (write `Attr[... | None]`)",
        "`Broken.shout`: is annotated as integer, but its expression gives string",
        "`Line.shop_name`: its expression may give None (write `Attr[... | None]`)",
    ]


def test_an_aggregate_is_taken_over_many(problems: Problems) -> None:
    class Line(Order):
        shop: One[Stall] = belongs_to()  # type: ignore[assignment]  # another shop
        shops: Attr[int] = count(shop)

    class Stall(Resource):
        id: Attr[UUID] = primary_key()

    assert problems(Line, Stall) == ["`Line.shops`: `count` is taken over a `Many[...]` of the class"]


def test_a_condition_is_true_or_false_of_a_record(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        title: Attr[str] = attribute()
        done: Attr[bool] = attribute()
        named = check(PLAIN == "title")
        titled = check(title)  # type: ignore[arg-type]  # wrong on purpose
        once = identity(title, where=PLAIN)
        by_title = index(title, where=done)
        browse = Read(where=title.length())  # type: ignore[arg-type]  # wrong on purpose
        fine = Read(where=~done)

    assert problems(Note) == [
        '`Note.named`: `True` speaks of no value of the record (compare a value: `title != ""`)',
        '`Note.titled`: `title` is of the type string, not a condition (compare it: `title != ""`)',
        "`Note.once.where`: `'title'` speaks of no value of the record (compare a value: `title != \"\"`)",
        '`Note.browse.where`: an expression is of the type integer, not a condition (compare it: `title != ""`)',
    ]
