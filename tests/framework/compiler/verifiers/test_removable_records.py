"""A retention that cannot be carried out is refused when the domain is compiled."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from framework.compiler.domain import Domain, problems_of
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.rules import retention
from framework.expr.build import actor
from framework.spec.relationship import OnDelete

DAY = timedelta(days=1)


def says(*records: type[Resource]) -> list[str]:
    return [f"{problem.path}: {problem.says}" for problem in problems_of(Domain("notes", records))]


def test_the_words_name_what_there_is() -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        title: Attr[str] = attribute()
        at: Attr[datetime] = attribute()
        closed_at: Attr[datetime | None] = attribute(default=None)

        _a = retention(after=DAY, since=title)

    class Other(Resource):
        id: Attr[UUID] = primary_key()
        at: Attr[datetime] = attribute()
        closed_at: Attr[datetime | None] = attribute(default=None)
        title: Attr[str] = attribute()

        _a = retention(after=DAY, since="att", where=title == actor("id"), in_order=[closed_at])

    assert says(Note) == ["Note._a: `title` is no moment: it is of the type string"]
    assert says(Other) == [
        "Other._a: `att` is not an attribute",
        "Other._a: `closed_at` may be absent, so it gives no order",
        "Other._a: nobody calls when records are removed, so there is no actor and no argument",
    ]


def test_a_resource_says_it_once_and_with_a_time_that_passes() -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        at: Attr[datetime] = attribute()

        _a = retention(after=DAY, since=at)
        _b = retention(after=DAY, since=at)
        _c = retention(after=timedelta(), since=at)

    assert says(Note) == [
        "Note._b: `_a` says already how long records are kept",
        "Note._c: `_a` says already how long records are kept",
    ]


def test_what_goes_along_is_held_on_to_by_nobody() -> None:
    class Shelf(Resource):
        id: Attr[UUID] = primary_key()
        at: Attr[datetime] = attribute()
        _a = retention(after=DAY, since=at)

    class Book(Resource):
        id: Attr[UUID] = primary_key()
        shelf: One[Shelf] = belongs_to(on_delete=OnDelete.CASCADE)

    class Loan(Resource):
        id: Attr[UUID] = primary_key()
        book: One[Book] = belongs_to()

    assert says(Shelf, Book) == []
    assert says(Shelf, Book, Loan) == ["Shelf._a: a `Book` goes along, and `Loan.book` may hold on to it"]


def test_an_order_is_of_what_nobody_holds_on_to() -> None:
    class Line(Resource):
        id: Attr[UUID] = primary_key()
        at: Attr[datetime] = attribute()
        _a = retention(after=DAY, since=at, in_order=[at])

    class Mark(Resource):
        id: Attr[UUID] = primary_key()
        line: One[Line] = belongs_to()

    assert says(Line) == []
    assert says(Line, Mark) == ["Line._a: `Mark.line` may hold on to a record, and with it to all after it"]
