"""A small library: authors with books, and a secret nobody may ask about."""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any, Literal
from uuid import UUID

import pytest

from framework.compiler.domain import Domain, compile_domain
from framework.declare.actions import Read
from framework.declare.attributes import Attr, attribute, created_at, primary_key
from framework.declare.derived import count
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.spec.domain import DomainSpec


class Genre(StrEnum):
    """What kind of book it is."""

    NOVEL = "novel"
    POEMS = "poems"


class Edition(IntEnum):
    """Which printing it is, by number."""

    FIRST = 1
    SECOND = 2


class Author(Resource):
    """Somebody who writes."""

    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute(max_length=40)
    diary: Attr[str] = attribute(default="", private=True)
    books: Many[Book] = has_many(via="author")
    letters: Many[Book] = has_many(via="editor", private=True)
    book_count: Attr[int] = count(books)
    browse = Read()


class Book(Resource):
    """Something written."""

    id: Attr[UUID] = primary_key()
    title: Attr[str] = attribute()
    pages: Attr[int | None] = attribute(default=None, le=5000)
    score: Attr[float | None] = attribute(default=None)
    genre: Attr[Genre] = attribute(default=Genre.NOVEL)
    edition: Attr[Edition] = attribute(default=Edition.FIRST)
    volumes: Attr[Literal[1, 3]] = attribute(default=1)
    printed: Attr[bool] = attribute(default=False)
    tags: Attr[list[str]] = attribute(default_factory=list)
    meta: Attr[dict[str, Any]] = attribute(default_factory=dict)
    created_at: Attr[datetime] = created_at()
    author: One[Author] = belongs_to()
    editor: One[Author | None] = belongs_to(private=True)
    browse = Read()


@pytest.fixture(scope="session")
def library() -> DomainSpec:
    return compile_domain(Domain("library", [Author, Book]))
