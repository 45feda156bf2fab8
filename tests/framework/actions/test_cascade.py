"""What the store does to others when a record goes is the same, whoever is told of it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import pytest

from framework.actions.engine import Engine
from framework.compiler.domain import Domain, compile_domain
from framework.data.memory import MemoryLayer
from framework.declare.actions import Create, Destroy, Read
from framework.declare.attributes import Attr, primary_key, updated_at
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.spec.relationship import OnDelete


class Author(Resource):
    id: Attr[UUID] = primary_key()
    add = Create()
    remove = Destroy()
    forget = Destroy(quiet=True)


class Book(Resource):
    id: Attr[UUID] = primary_key()
    author: One[Author] = belongs_to(on_delete=OnDelete.CASCADE)
    author_id: Attr[UUID]
    add = Create(accept=[author])


class Review(Resource):
    id: Attr[UUID] = primary_key()
    changed: Attr[datetime] = updated_at()
    book: One[Book | None] = belongs_to(on_delete=OnDelete.SET_NULL)
    book_id: Attr[UUID | None]
    browse = Read()
    add = Create(accept=[book])


@pytest.mark.parametrize("action", ["remove", "forget"])
async def test_what_loses_its_link_has_changed_though_nobody_is_told(action: str) -> None:
    domain = compile_domain(Domain("books", [Author, Book, Review]))
    session = Engine(domain, MemoryLayer(domain)).session()
    author = await session.create(Author.add, {})
    book = await session.create(Book.add, {"author_id": author.id})
    review = await session.create(Review.add, {"book_id": book.id})
    await session.destroy(getattr(Author, action), author.id)
    (now,) = await session.read(Review.browse)
    assert now.book_id is None
    assert now.changed > review.changed
