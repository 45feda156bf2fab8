"""Tables that stand are taken over: what differs is done where they are, all of it where they are not."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

import pytest

from framework.declare.attributes import Attr, attribute, sequence_key
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.rules import identity
from framework.errors import Invalid
from framework.sql.migrations.plan.decisions import Decisions
from framework.sql.section import Table
from tests.conftest import MakeDatabase
from tests.migrations.conftest import MakeMigrations
from tests.migrations.test_own_domain import execute

STOOD = (
    "CREATE TYPE mood AS ENUM ('good')",
    "CREATE TABLE shop (shop_id serial PRIMARY KEY, name varchar(20) NOT NULL, mood mood)",
    "CREATE UNIQUE INDEX shop_name ON shop (name)",
    "CREATE TABLE item (id serial PRIMARY KEY, shop integer NOT NULL REFERENCES shop ON DELETE RESTRICT, note text)",
    "INSERT INTO shop (name, mood) VALUES ('one', 'good')",
    "INSERT INTO item (shop) VALUES (1)",
)


class Mood(StrEnum):
    GOOD = "good"
    BAD = "bad"


class Shop(Resource):
    sections = (Table("shop", names={"pk_shop": "shop_pkey", "uq_shop_name": "shop_name"}),)
    id: Attr[int] = sequence_key(column="shop_id", column_type="integer")
    name: Attr[str] = attribute(column_type="varchar(20)")
    mood: Attr[Mood | None] = attribute(column_type="mood", default=None)
    stars: Attr[int] = attribute(column_type="smallint", default=1, ge=1)
    once = identity(name, deferrable=False)


class Item(Resource):
    sections = (Table("item"),)
    id: Attr[int] = sequence_key(column_type="integer")
    shop: One[Shop] = belongs_to(column="shop")


async def test_what_differs_is_done_where_the_tables_stand(
    migrations: MakeMigrations, make_database: MakeDatabase
) -> None:
    own = migrations(Shop, Item)
    await execute(own, *STOOD)
    with pytest.raises(Invalid, match="is there already") as refused:
        await own.revision("Begin")
    assert "--adopt" in str(refused.value.issues[0].hint)
    with pytest.raises(Invalid, match="--adopt Thing: no declared table of that name stands"):
        await own.revision("Begin", Decisions(adopts=("Thing",)))
    assert await own.revision("Begin", Decisions(adopts=("Shop", "Item"))) is not None
    script = await own.upgrade_sql()
    assert "CREATE TABLE shop" not in script
    assert "ADD COLUMN stars" in script
    await own.upgrade()
    assert await own.check() == []
    assert await own.revision("Nothing") is None
    assert await execute(own, "SELECT name, stars FROM shop") == [("one", 1)]
    rules = (
        "SELECT conname FROM pg_constraint WHERE conrelid = to_regclass('item') AND contype IN ('p', 'f') ORDER BY 1"
    )
    assert await execute(own, rules) == [("fk_item_shop_id",), ("pk_item",)]
    await execute(own, "UPDATE shop SET mood = 'bad'")

    fresh = replace(own, url=await make_database())
    assert "CREATE TABLE shop" in await fresh.upgrade_sql()
    await fresh.upgrade()
    assert await fresh.check() == []
    assert await execute(fresh, rules) == [("fk_item_shop_id",), ("pk_item",)]
    for each in (own, fresh):
        await each.downgrade("base")
        assert await execute(each, "SELECT count(*) FROM item") in ([(1,)], [(0,)])
        await each.upgrade()
        assert await each.check() == []

    half = replace(own, url=await make_database())
    await execute(half, *STOOD[:2])
    with pytest.raises(Invalid, match="some are not there: item"):
        await half.upgrade()
