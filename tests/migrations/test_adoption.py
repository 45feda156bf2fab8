"""Tables that stand are taken over: what differs is done where they are, all of it where they are not."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path

import pytest

from framework.compiler.domain import Domain, compile_domain
from framework.declare.attributes import Attr, attribute, sequence_key
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.rules import identity
from framework.errors import Invalid
from framework.sql.migrations.migrations import Migrations
from framework.sql.migrations.plan.decided.decisions import Decisions
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
CIRCLE = (("left", "right"), ("right", "left"))


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
    (step,) = next(iter(own.folders.values())).glob("*.py")
    assert "add_column: ACCESS EXCLUSIVE on shop, short: reads and writes wait" in step.read_text()
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


async def test_each_domain_adopts_its_own(fresh_database_url: str, make_database: MakeDatabase, tmp_path: Path) -> None:
    folders = {name: tmp_path / name for name in ("core", "items")}
    both = Migrations(compile_domain(Domain("core", [Shop]), Domain("items", [Item])), fresh_database_url, folders)
    await execute(both, *STOOD)
    with pytest.raises(Invalid, match="changes of `core` bring that are not written yet"):
        await both.written("Begin", Decisions(adopts=("all",)), domain="items")
    written = await both.written("Begin", Decisions(adopts=("all",)))
    core, items = (step.path for step in written)
    assert [step.path.parent.name for step in written] == ["core", "items"]
    assert ("op.stands('shop')" in core.read_text(), "op.stands('item')" in items.read_text()) == (True, True)
    locks = [{lock.partition(":")[0] for lock in step.locks} for step in written]
    assert locks[0] == {"add_column", "alter_column", "refuse_rows", "create_check_constraint"}
    link = {"drop_constraint", "create_foreign_key", "create_index", "refuse_rows"}
    assert locks[1] == {"rename constraint", *link}
    empty, alone = replace(both, url=await make_database()), compile_domain(Domain("core", [Shop]))
    for each in (both, empty):
        await each.upgrade()
        assert await each.check() == []
        assert await each.written("Nothing") == []
        await each.downgrade("base")
        await each.upgrade()
        assert await each.check() == []
    first = Migrations(alone, await make_database(), {"core": folders["core"]})
    await first.upgrade()
    assert await first.check() == []


class Left(Resource):
    sections = (Table("left"),)
    id: Attr[int] = sequence_key(column_type="integer")
    right: One[Right | None] = belongs_to(index=False)


class Right(Resource):
    sections = (Table("right"),)
    id: Attr[int] = sequence_key(column_type="integer")
    left: One[Left | None] = belongs_to(index=False)


async def test_domains_that_lead_to_each_other(
    fresh_database_url: str, make_database: MakeDatabase, tmp_path: Path
) -> None:
    folders = {name: tmp_path / name for name in ("core", "other")}
    both = Migrations(compile_domain(Domain("core", [Left]), Domain("other", [Right])), fresh_database_url, folders)
    stood = [f'CREATE TABLE "{name}" (id serial PRIMARY KEY, {link}_id int)' for name, link in CIRCLE]
    stood += [f'ALTER TABLE "{name}" ADD FOREIGN KEY ({link}_id) REFERENCES "{link}"' for name, link in CIRCLE]
    await execute(both, *stood)
    written = await both.written("Begin", Decisions(adopts=("all",)))
    assert [step.path.parent.name for step in written] == ["core", "other", "core"]
    for each in (both, replace(both, url=await make_database())):
        await each.upgrade()
        assert await each.check() == []
        await each.downgrade("base")
        await each.upgrade()
        assert await each.check() == []
