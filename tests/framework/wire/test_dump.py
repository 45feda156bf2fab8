"""Records as JSON: what is loaded and public, written as Pydantic would write it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import IntEnum
from typing import Any
from uuid import uuid4

import pytest

from framework.actions.query import LoadRelated, LoadValue, Query
from framework.declare.resource import NotLoaded
from framework.spec.domain import DomainSpec
from framework.types.resolve import resolve
from framework.wire.dump import dump_value, shape_of


class Level(IntEnum):
    """How hard."""

    EASY = 1


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (datetime, datetime(2026, 1, 2, tzinfo=UTC)),
        (datetime, datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)),
        (datetime, datetime(2026, 1, 2, tzinfo=timezone(timedelta(hours=2)))),
        (date, date(2026, 1, 2)),
        (Decimal, Decimal("1.50")),
        (timedelta, timedelta(hours=1)),
        (Level, Level.EASY),
        (list[date], [date(2026, 1, 2)]),
        (str | None, None),
    ],
)
def test_a_value_is_written_as_its_type_dumps_it(annotation: Any, value: Any) -> None:
    kind = resolve(annotation)
    assert dump_value(value, kind) == kind.dump(value)


def test_a_shape_shows_what_was_asked_for_and_not_what_had_to_be_read(library: DomainSpec) -> None:
    author, book = library.resources["Author"], library.resources["Book"]
    key = uuid4()
    written = author.record.of({"id": key, "name": "Ada", "diary": "secret"})
    record = book.record.of({"id": key, "title": "T", "pages": 3, "author": written, "editor": written})
    query = Query().selecting("title", "id").loading(author=Query().selecting("name", "diary"), editor=Query())
    assert shape_of(query, book, library).dump(record) == {"id": str(key), "title": "T", "author": {"name": "Ada"}}


def test_a_shape_shows_each_load_under_its_key(library: DomainSpec) -> None:
    author = library.resources["Author"]
    book = library.resources["Book"].record
    record = author.record.of({"called": "Ada", "first": [book.of({"title": "A"})], "last": []})
    titles = Query().selecting("title")
    loads = (LoadValue("name", "called"), LoadRelated("books", titles, "first"), LoadRelated("books", titles, "last"))
    shape = shape_of(Query(loads=loads), author, library)
    assert shape.dump(record) == {"called": "Ada", "first": [{"title": "A"}], "last": []}
    assert hash(shape) == hash(shape_of(Query(loads=loads), author, library))


def test_a_shape_of_something_not_read_says_so(library: DomainSpec) -> None:
    book = library.resources["Book"]
    with pytest.raises(NotLoaded):
        shape_of(Query().selecting("pages"), book, library).dump(book.record.of({}))
