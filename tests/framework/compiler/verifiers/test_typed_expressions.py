from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import IntEnum
from typing import Any
from uuid import UUID

import pytest

from framework.declare.actions import Read, argument
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.derived import average, calculate, count, exists, list_of, maximum, minimum, sum_of
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.declare.rules import check, identity, index
from framework.expr.build import actor, argument_value, moment

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


class Urgency(IntEnum):
    LOW = 1
    HIGH = 3


class Ticket(Resource):
    id: Attr[UUID] = primary_key()
    title: Attr[str] = attribute()
    size: Attr[int] = attribute()
    urgency: Attr[Urgency] = attribute()
    due: Attr[date] = attribute()
    made: Attr[datetime] = attribute()
    tags: Attr[list[str]] = attribute()
    urgent: Attr[bool] = attribute()
    parent: One[Ticket | None] = belongs_to()
    parts: Many[Ticket] = has_many()


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        (lambda t: t.title > t.size, "`title` is of the type string and `size` of the type integer"),
        (lambda t: t.title > 3, "`title` is of the type string and `3` of the type integer"),
        (lambda t: t.due < t.made, "`due` is of the type date and `made` of the type datetime"),
        (lambda t: t.size == "three", "`size` is of the type integer and `'three'` of the type string"),
        (lambda t: t.urgency == 2, "`2` is none of 1, 3"),
        (lambda t: t.urgency.one_of([1, 2]), "`2` is none of 1, 3"),
        (lambda t: t.size.one_of(["x"]), "`size` is of the type integer and `'x'` of the type string"),
        (lambda t: t.id == "x", "`id` is of the type uuid and `'x'` of the type string"),
        (lambda t: t.tags > ["a"], "`tags` has no order: it is of the type list"),
        (lambda t: t.urgent > False, "`urgent` has no order: it is of the type boolean"),
        (lambda t: t.size.contains("x"), "`contains` takes texts, and `size` is of the type integer"),
        (lambda t: t.size.lower() == "x", "there is no `lower` of the type integer"),
        (lambda t: t.title - "x" == "y", "there is no `subtract` of the types string and string"),
        (lambda t: t.title.or_else(3) == "x", "one value cannot be of the types string and integer"),
        (lambda t: t.title & t.urgent, "`title` is of the type string, not a condition"),
        (lambda t: ~t.parent.size, "`parent.size` is of the type integer, not a condition"),
        (lambda t: t.parts.any(lambda p: p.title == t.size), "`title` is of the type string and `size` of the type"),
    ],
)
def test_types_that_do_not_go_together(problems: Problems, condition: Callable[[Any], Any], says: str) -> None:
    class Broken(Ticket):
        browse = Read(where=condition(Ticket))
        parent: One[Broken | None] = belongs_to()
        parts: Many[Broken] = has_many()  # type: ignore[assignment]

    found = problems(Broken)
    assert len(found) == 1, found
    assert found[0].startswith(f"`Broken.browse.where`: {says}")


def test_types_that_go_together(problems: Problems) -> None:
    t: Any = Ticket

    class Fine(Ticket):
        parent: One[Fine | None] = belongs_to()
        parts: Many[Fine] = has_many()  # type: ignore[assignment]
        a = Read(where=(t.size > 1.5) & (t.size < Decimal(3)) & (t.urgency == Urgency.LOW) & (t.urgency > 1))
        b = Read(where=t.id == "01a1fbb0-228e-7f0e-8ad4-1a92f1a5ee4c")
        c = Read(where=t.id == actor("id"))
        d = Read(where=t.title.contains(argument_value("q")), arguments={"q": argument(str)})
        e = Read(where=t.made - timedelta(1) > moment())
        f = Read(where=t.title.starts_with(t.parent.title))

    assert problems(Fine) == []


def test_no_aggregate_that_a_database_does_not_have(problems: Problems) -> None:
    class Broken(Ticket):
        parent: One[Broken | None] = belongs_to()
        parts: Many[Broken] = has_many()  # type: ignore[assignment]
        least: Attr[bool | None] = minimum(parts, lambda p: p.urgent)
        most: Attr[UUID | None] = maximum(parts, lambda p: p.id)
        all_tags: Attr[list[Any]] = list_of(parts, lambda p: p.tags)

    assert problems(Broken) == [
        "`Broken.least`: there is no min of values of the type boolean",
        "`Broken.most`: there is no max of values of the type uuid",
        "`Broken.all_tags`: there is no list of values of the type list",
    ]


def test_a_default_gives_what_its_attribute_keeps(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        size: Attr[int] = attribute()
        twice: Attr[int] = attribute(default=size + size)
        title: Attr[str] = attribute(default=moment())
        made: Attr[datetime] = attribute(default=moment())
        owner: Attr[str] = attribute(default=actor("id"))

    assert problems(Note) == [
        (
            "`Note.twice`: the default looks at values of a record that is not there yet "
            "(set it in a step of the create)"
        ),
        "`Note.title`: is of the type string, but its default gives datetime",
    ]


def test_an_expression_of_another_resource_is_refused(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        title: Attr[str] = attribute()
        browse = Read(where=Ticket.title == "x")
        titled = check(Ticket.size > 3)
        shown: Attr[str] = calculate(Ticket.title)
        unique = identity(Ticket.title)

    end = (
        "belongs to another resource, and this is about `Note`: follow a link to it, and inside of a lambda speak of "
        "what the lambda is given"
    )
    assert problems(Note) == [
        f"`Note.browse.where`: `Ticket.title` {end}",
        f"`Note.titled`: `Ticket.size` {end}",
        f"`Note.shown`: `Ticket.title` {end}",
        f"`Note.unique`: `Ticket.title` {end}",
    ]
