"""Going on after a part has failed: a step creates what it needs, or else uses what is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import pytest

from framework.actions.changeset import Changeset
from framework.actions.engine import Engine
from framework.actions.query import Query
from framework.actions.session import Session
from framework.actions.step import Change
from framework.compiler.domain import Domain, compile_domain
from framework.data.memory import MemoryLayer
from framework.data.protocols import Layer
from framework.declare.actions import Create, Read
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.rules import identity
from framework.errors import Conflict
from framework.sql.engine import create_tables, open_layer


class Tag(Resource):
    """A word that things are marked with, of which there is one each."""

    id: Attr[UUID] = primary_key()
    word: Attr[str] = attribute()
    browse = Read()
    coin = Create(accept=[word])
    unique_word = identity(word)


@dataclass(frozen=True, slots=True)
class Tagged(Change):
    """Coins the tag of the word given, or else uses the one that is there."""

    async def before(self, changesets: Sequence[Changeset], session: Session) -> Sequence[Changeset]:
        return [c.setting(tag_id=await _tag(str(c.value("word")), session)) for c in changesets]


async def _tag(word: str, session: Session) -> UUID:
    try:
        async with session.savepoint():
            return (await session.create(Tag.coin, {"word": word})).id
    except Conflict:
        (tag,) = await session.read(Tag.browse, Query().where(Tag.word == word))
        return tag.id


class Photo(Resource):
    """Something marked with a tag."""

    id: Attr[UUID] = primary_key()
    word: Attr[str] = attribute()
    tag: One[Tag] = belongs_to()
    browse = Read()
    add = Create(accept=[word], steps=[Tagged()])


@pytest.mark.parametrize("where", ["memory", "postgres"])
async def test_a_step_creates_or_else_uses_the_existing_one(where: str, fresh_database_url: str) -> None:
    domain = compile_domain(Domain("photos", [Tag, Photo]))
    async with open_layer(domain, fresh_database_url) as stored:
        await create_tables(stored)
        layer: Layer = stored if where == "postgres" else MemoryLayer(domain)
        session = Engine(domain, layer).session()
        photos = await session.create_all(Photo.add, [{"word": word} for word in ("cat", "dog", "cat")])
        more = await session.create(Photo.add, {"word": "dog"})
        tags = {tag.id: tag.word for tag in await session.read(Tag.browse)}
    assert sorted(tags.values()) == ["cat", "dog"]
    assert [tags[photo["tag_id"]] for photo in [*photos, more]] == ["cat", "dog", "cat", "dog"]


async def test_a_savepoint_belongs_to_a_transaction() -> None:
    domain = compile_domain(Domain("photos", [Tag, Photo]))
    session = Engine(domain, MemoryLayer(domain)).session()
    with pytest.raises(LookupError, match="not inside a transaction"):
        session.savepoint()
