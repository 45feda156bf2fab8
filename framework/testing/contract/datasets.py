"""Random rows of the library, absent values among them, that break none of its rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from framework.data.protocols import Row
from framework.testing.contract.library import Genre
from framework.types.type import Kind

# Few values, so that equal ones meet often. No letter but ASCII's has a case here: what the others do is
# the locale's affair. Floats are multiples of a quarter, so that sums are exact in any order.
TEXTS = ("", "a", "A", "b", "ab", "aB%", "_", "a\\b", "b\\", "a\nb", "%", "z", "中", "🐍")
CONSTANTS: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.STRING: st.sampled_from(TEXTS),
    Kind.INTEGER: st.integers(-3, 5),
    Kind.FLOAT: st.integers(-12, 20).map(lambda number: number / 4),
    Kind.DECIMAL: st.integers(-150, 500).map(lambda number: Decimal(number) / 100),
    Kind.DATE: st.sampled_from([date(1999, 12, 31), date(2000, 1, 1), date(2024, 2, 29)]),
    Kind.DATETIME: st.sampled_from([datetime(2020, 1, day, hour, tzinfo=UTC) for day in (1, 2) for hour in (0, 13)]),
    Kind.DURATION: st.sampled_from([timedelta(0), timedelta(hours=-5), timedelta(hours=30), timedelta(days=2)]),
    Kind.ENUM: st.sampled_from(Genre),
    Kind.UUID: st.integers(1, 5).map(lambda number: UUID(int=number)),
    Kind.BOOLEAN: st.booleans(),
}


@dataclass(frozen=True, slots=True)
class Dataset:
    """Rows of every resource, to be inserted in this order."""

    shelves: list[Row]
    books: list[Row]
    loans: list[Row]


def _maybe(kind: Kind) -> st.SearchStrategy[Any]:
    return st.none() | CONSTANTS[kind]


@st.composite
def datasets(draw: st.DrawFn, least: int = 0) -> Dataset:
    """Up to three shelves with up to five books, lent up to five times; of each at least so many."""
    names = draw(st.lists(CONSTANTS[Kind.STRING], min_size=least, max_size=3, unique=True))
    shelves: list[Row] = [{"id": UUID(int=number), "name": name} for number, name in enumerate(names, 1)]
    titles = draw(st.lists(CONSTANTS[Kind.STRING], min_size=least, max_size=5, unique=True)) if shelves else []
    books: list[Row] = []
    for number, title in enumerate(titles, 1):
        row = draw(_book(_one_of(shelves), st.none() | _one_of(books) if books else st.none()))
        books.append(
            {**row, "id": UUID(int=number), "title": title, "isbn": draw(st.sampled_from([None, str(number)]))}
        )
    readers = draw(st.lists(CONSTANTS[Kind.STRING], min_size=least, max_size=5)) if books else []
    loans: list[Row] = [
        {"number": number, "reader": reader, "days": draw(CONSTANTS[Kind.INTEGER]), "book_id": draw(_one_of(books))}
        for number, reader in enumerate(readers, 1)
    ]
    return Dataset(shelves, books, loans)


@st.composite
def _book(draw: st.DrawFn, shelf: st.SearchStrategy[UUID], prequel: st.SearchStrategy[UUID | None]) -> Row:
    return {
        "pages": draw(st.integers(1, 4)),
        "rating": draw(_maybe(Kind.FLOAT)),
        "price": draw(_maybe(Kind.DECIMAL)),
        "genre": draw(_maybe(Kind.ENUM)),
        "withdrawn": draw(st.booleans()),
        "tags": [],
        "printed_on": draw(_maybe(Kind.DATE)),
        "reading_time": draw(_maybe(Kind.DURATION)),
        "added_at": draw(CONSTANTS[Kind.DATETIME]),
        "shelf_id": draw(shelf),
        "prequel_id": draw(prequel),
    }


def _one_of(rows: list[Row]) -> st.SearchStrategy[UUID]:
    return st.sampled_from([row["id"] for row in rows])
