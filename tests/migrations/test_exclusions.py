"""Exclusion constraints: made over records that are looked at, altered, renamed and taken back; others' left alone."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import pytest

from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.derived import calculate
from framework.declare.resource import Resource
from framework.declare.rules import exclude
from framework.errors import Invalid
from framework.sql.migrations.plan.decided.decisions import Decisions
from tests.migrations.conftest import MakeMigrations
from tests.migrations.test_own_domain import execute, started
from tests.migrations.test_rules_as_declared import ODD, held, thing

HOURS = "INSERT INTO things (id, begins, ends, note) SELECT gen_random_uuid(), h, h + interval '90 min', 'x' FROM {} h"
APART = "generate_series('2026-01-01 10:00+00'::timestamptz, '2026-01-01 14:00+00', '2 hours')"
CLOSE = "generate_series('2026-01-02 10:00+00'::timestamptz, '2026-01-02 11:00+00', '1 hour')"


class Bare(Resource):
    id: Attr[UUID] = primary_key()
    begins: Attr[datetime] = attribute()
    ends: Attr[datetime | None] = attribute()
    note: Attr[str] = attribute()


class Excluding(Bare):
    once = exclude(overlapping=(Bare.begins, Bare.ends), where=Bare.note != ODD)


class Renamed(Resource):
    id: Attr[UUID] = primary_key()
    order: Attr[datetime] = attribute(renamed_from="begins")
    ends: Attr[datetime | None] = attribute()
    note: Attr[str] = attribute()
    double: Attr[str] = calculate(note.upper(), stored=True)
    once = exclude(overlapping=(order, ends), where=double != ODD)


class Other(Resource):
    id: Attr[UUID] = primary_key()


async def test_an_exclusion_is_looked_at_made_altered_and_taken_back(migrations: MakeMigrations) -> None:
    bare, excluding, renamed = (migrations(thing(each)) for each in (Bare, Excluding, Renamed))
    await started(bare)
    await execute(bare, HOURS.format(APART), HOURS.format(CLOSE))
    by_hand = "ALTER TABLE things ADD CONSTRAINT by_hand EXCLUDE USING gist (int4range(1, 2) WITH &&) WHERE (note = '')"
    await execute(bare, by_hand)
    empty = await held(bare)
    assert await bare.check() == []
    assert await excluding.check() == [
        "constraint ck_things_ends_once is missing or differs",
        "constraint ex_things_once is missing or differs",
    ]
    assert await excluding.revision("Excluding") is not None
    with pytest.raises(Invalid, match="2 records of `things` overlap with others, which `ex_things_once` forbids"):
        await excluding.upgrade()
    await execute(bare, "DELETE FROM things WHERE begins = '2026-01-02 11:00+00'")
    await excluding.upgrade()
    assert await excluding.check() == []
    there = await held(excluding)
    odd = ODD.replace("'", "''")
    assert there["ex_things_once"] == (
        f"EXCLUDE USING gist (tstzrange(begins, ends) WITH &&) WHERE ((note <> '{odd}'::text)) DEFERRABLE"
    )

    assert await renamed.revision("Renamed") is not None
    await renamed.upgrade()
    assert await renamed.check() == []
    assert 'tstzrange("order", ends)' in (await held(renamed))["ex_things_once"]
    await renamed.downgrade("-1")
    assert await held(excluding) == there
    await excluding.downgrade("-1")
    assert await held(bare) == empty


async def test_a_table_comes_and_goes_with_its_exclusion(migrations: MakeMigrations) -> None:
    own, other = migrations(thing(Excluding)), migrations(Other)
    await started(own)
    assert await own.check() == []
    there = await held(own)
    assert "ex_things_once" in there
    assert await other.revision("Gone", Decisions(drops=("Thing",))) is not None
    await other.upgrade()
    await other.downgrade("-1")
    assert await held(own) == there


async def test_an_exclusion_that_shares_values_needs_an_extension(migrations: MakeMigrations) -> None:
    class Sharing(Bare):
        once = exclude(Bare.note, overlapping=(Bare.begins, Bare.ends), where=Bare.note != ODD)

    bare, own = migrations(thing(Bare)), migrations(thing(Sharing))
    await started(bare)
    if not await execute(bare, "SELECT name FROM pg_available_extensions WHERE name = 'btree_gist'"):
        with pytest.raises(Invalid, match="`ex_things_once` of `things` needs the extension `btree_gist`"):
            await own.revision("Sharing")
        return
    await execute(bare, HOURS.format(CLOSE))
    assert await own.revision("Sharing") is not None
    with pytest.raises(Invalid, match="2 records of `things` overlap with others"):
        await own.upgrade()
    await execute(bare, "UPDATE things SET note = 'y' WHERE begins = '2026-01-02 11:00+00'")
    await own.upgrade()
    assert await own.check() == []
    assert "note WITH =" in (await held(own))["ex_things_once"]
