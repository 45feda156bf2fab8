"""New labels of an enum of the database, of which the same step makes use."""

from __future__ import annotations

import re
from contextlib import suppress
from enum import StrEnum
from uuid import UUID

import pytest

from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource
from framework.declare.rules import check, identity, index
from framework.errors import Conflict
from framework.sql.migrations.plan.decided.decisions import Decisions, StepMode
from tests.migrations.conftest import MakeMigrations
from tests.migrations.test_halted import Killed, killed_after_one_more
from tests.migrations.test_own_domain import execute, started


class Before(StrEnum):
    GOOD = "good"


class After(StrEnum):
    GOOD = "good"
    BAD = "ba'd"
    ODD = "100%"


class Item(Resource):
    id: Attr[UUID] = primary_key()
    mood: Attr[Before] = attribute(column_type="mood")


class Used(Resource):
    id: Attr[UUID] = primary_key()
    mood: Attr[After] = attribute(column_type="mood")
    next: Attr[After] = attribute(column_type="mood", default=After.BAD)
    last: Attr[After] = attribute(column_type="mood", backfill=After.ODD)
    no = check(mood != After.ODD)
    first = identity(mood, where=mood == After.BAD)
    by_next = index(next, where=next != After.BAD)


class Other(Resource):
    id: Attr[UUID] = primary_key()
    mood: Attr[After] = attribute(column_type="mood")


ADD = "INSERT INTO items (id, mood) VALUES (gen_random_uuid(), 'good')"


def item(like: type[Resource]) -> type[Resource]:
    return type("Item", (like,), {"__module__": __name__})


@pytest.mark.parametrize("modes", ["", "split", "online"])
async def test_a_step_uses_the_labels_that_it_adds(migrations: MakeMigrations, modes: str) -> None:
    old, new = migrations(Item), migrations(item(Used), Other)
    await started(old)
    await execute(old, ADD)
    written = await new.written("Moods", Decisions(modes=frozenset(StepMode(mode) for mode in modes.split())))
    assert sum(each.path.read_text().count("op.add_labels(") for each in written) == 1
    assert any("labels of `mood` are added first" in note for note in written[0].notes)
    done: set[str] = set()
    while not modes and await new.pending():
        with suppress(Killed), killed_after_one_more(done):
            await new.upgrade()
    await new.upgrade()
    assert await execute(new, "SELECT mood, next, last FROM items") == [("good", "ba'd", "100%")]
    assert await new.check() == []
    await new.downgrade(f"-{len(written)}")
    assert [each for each in await old.check() if "not carried out" not in each] == []
    await new.upgrade()
    await execute(new, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    await new.upgrade()
    assert await new.check() == []


async def test_what_fails_after_labels_says_what_stays(migrations: MakeMigrations) -> None:
    old, new = migrations(Item), migrations(item(Used))
    await started(old)
    await new.written("Moods")
    script = await new.upgrade_sql()
    assert re.search(r"COMMIT;\s+ALTER TYPE mood ADD VALUE IF NOT EXISTS 'ba''d';\s+ALTER TYPE [^;]*;\s+BEGIN;", script)
    await execute(old, "CREATE INDEX uq_items_mood_first ON items (id)")
    with pytest.raises(Conflict, match="before the last that added labels to an enum, are carried out, and nothing"):
        await new.upgrade()
    assert await execute(old, "SELECT count(*) FROM pg_enum WHERE enumlabel = '100%'") == [(1,)]
    assert len(await new.pending()) == 1
    with pytest.raises(Conflict, match="nothing was changed"):
        await new.upgrade()
    await execute(old, "DROP INDEX uq_items_mood_first")
    await new.upgrade()
    assert await new.check() == []


async def test_a_step_that_adopts_a_table_uses_the_labels_that_it_adds(migrations: MakeMigrations) -> None:
    new = migrations(item(Used))
    there = "CREATE TABLE items (id uuid NOT NULL CONSTRAINT pk_items PRIMARY KEY, mood mood NOT NULL)"
    await execute(new, "CREATE TYPE mood AS ENUM ('good')", there, ADD)
    await new.written("Moods", Decisions(adopts=("all",)))
    await new.upgrade()
    assert await execute(new, "SELECT mood, next, last FROM items") == [("good", "ba'd", "100%")]
    assert await new.check() == []
    await execute(new, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    await new.upgrade()
    assert await new.check() == []


class Dear(StrEnum):
    A_LOT = "$$ $dspex$"


class Priced(Resource):
    id: Attr[UUID] = primary_key()
    price: Attr[Dear] = attribute(column_type="price")


async def test_a_label_is_not_taken_for_the_quotes_of_a_block(migrations: MakeMigrations) -> None:
    own = migrations(Priced)
    await started(own)
    assert await own.check() == []
    assert await execute(own, "SELECT enum_range(NULL::price)::text[]") == [(["$$ $dspex$"],)]
