"""The domain that layers are tried on: shelves, the books on them, and who borrowed those."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from framework.compiler.domain import Domain, compile_domain
from framework.declare.attributes import Attr, attribute, created_at, primary_key, sequence_key
from framework.declare.derived import (
    average,
    calculate,
    count,
    exists,
    first,
    list_of,
    maximum,
    minimum,
    sum_of,
)
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.declare.rules import check, exclude, identity
from framework.spec.domain import DomainSpec
from framework.spec.relationship import Hop, OnDelete, RelationshipSpec
from framework.spec.resource import ResourceSpec


class Genre(StrEnum):
    """What a book is about."""

    FICTION = "fiction"
    SCIENCE = "science"
    POETRY = "poetry"


class Size(BaseModel):
    """How big a book is, in millimetres."""

    width: int
    height: int


class Shelf(Resource):
    """Where books stand."""

    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute(max_length=40)
    books: Many[Book] = has_many()

    book_count: Attr[int] = count(books)
    long_books: Attr[int] = count(books, where=lambda book: book.pages > 300)
    has_poetry: Attr[bool] = exists(books, where=lambda book: book.genre == Genre.POETRY)
    page_total: Attr[int | None] = sum_of(books, lambda book: book.pages)
    mean_rating: Attr[float | None] = average(books, lambda book: book.rating)
    cheapest: Attr[Decimal | None] = minimum(books, lambda book: book.price)
    last_title: Attr[str | None] = maximum(books, lambda book: book.title)
    longest: Attr[str | None] = first(books, lambda book: book.title, sort=["-pages"])
    titles: Attr[list[str]] = list_of(books, lambda book: book.title, sort=["rating", "title"])

    unique_name = identity(name, message="there is such a shelf already")


class Book(Resource):
    """A book; its title is the only one on its shelf, unless it was withdrawn."""

    id: Attr[UUID] = primary_key()
    title: Attr[str] = attribute(max_length=20)
    isbn: Attr[str | None] = attribute()
    pages: Attr[int] = attribute(ge=1)
    rating: Attr[float | None] = attribute()
    price: Attr[Decimal | None] = attribute(max_digits=8, decimal_places=2)
    genre: Attr[Genre | None] = attribute()
    withdrawn: Attr[bool] = attribute(default=False)
    size: Attr[Size | None] = attribute()
    tags: Attr[list[str]] = attribute(default_factory=list)
    notes: Attr[dict[str, Any] | None] = attribute()
    printed_on: Attr[date | None] = attribute()
    reading_time: Attr[timedelta | None] = attribute()
    added_at: Attr[datetime] = created_at()

    shelf: One[Shelf] = belongs_to()
    prequel: One[Book | None] = belongs_to(on_delete=OnDelete.SET_NULL)
    loans: Many[Loan] = has_many()

    price_per_page: Attr[float | None] = calculate(price / pages)
    loan_count: Attr[int] = count(loans)

    unique_isbn = identity(isbn)
    unique_title = identity(shelf, title, where=~withdrawn)
    rated_in_stars = check(rating <= 5.0, message="a rating is at most five stars")


class Loan(Resource):
    """That somebody borrowed a book; it goes when the book goes. Its key is not the first column."""

    reader: Attr[str] = attribute()
    number: Attr[int] = sequence_key()
    days: Attr[int] = attribute()
    book: One[Book] = belongs_to(on_delete=OnDelete.CASCADE)


class Visit(Resource):
    """That somebody comes to read: no two cards differ in case alone, and a desk is one's for a day."""

    id: Attr[UUID] = primary_key()
    card: Attr[str] = attribute()
    desk: Attr[int] = attribute()
    day: Attr[date | None] = attribute()
    nick: Attr[str | None] = attribute()
    guided: Attr[bool] = attribute(default=False)
    seat: Attr[int] = calculate(desk * 2, stored=True)
    badge: Attr[str | None] = calculate(nick.upper() + "!", stored=True)

    begins: Attr[datetime | None] = attribute()
    ends: Attr[datetime | None] = attribute()

    one_guide = exclude(overlapping=(begins, ends), where=guided)
    one_badge = identity(badge)
    seats_there_are = check(seat <= 100)
    one_card = identity(card.lower())
    one_desk = identity(desk, day, nulls_not_distinct=True)


# Links over the records of another resource, which no declaration makes as yet.
OVER = {
    "Shelf": {
        "all_loans": (Hop("Book", "id", "shelf_id"), Hop("Loan", "id", "book_id")),
        "prequels": (Hop("Book", "id", "shelf_id"), Hop("Book", "prequel_id", "id")),
    },
    "Loan": {"shelf": (Hop("Book", "book_id", "id"), Hop("Shelf", "shelf_id", "id"))},
}


def library() -> DomainSpec:
    """The domain, compiled."""
    domain = compile_domain(Domain("library", [Shelf, Book, Loan, Visit]))
    return replace(domain, resources={name: _linked(spec) for name, spec in domain.resources.items()})


def _linked(spec: ResourceSpec) -> ResourceSpec:
    """The resource with its links over several hops."""
    links = {
        name: RelationshipSpec(name, hops, spec.source, many=spec.name == "Shelf")
        for name, hops in OVER.get(spec.name, {}).items()
    }
    return replace(spec, relationships={**spec.relationships, **links})
