"""Tables partitioned by time: made so by their first step, compared whatever partitions there are, changed by hand."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from framework.declare.actions import Create, Read
from framework.declare.attributes import Attr, attribute, created_at, primary_key, sequence_key
from framework.declare.resource import Resource
from framework.declare.rules import identity, index, retention
from framework.errors import Invalid
from framework.sql.migrations.plan.decided.decisions import Decisions, StepMode
from tests.migrations.conftest import MakeMigrations
from tests.migrations.test_own_domain import execute, started

DOCS = Path(__file__).parents[2] / "docs"
DAY = timedelta(days=1)
OURS = (
    "CREATE TABLE readings_from_2026010100 (LIKE readings INCLUDING CONSTRAINTS)",
    "ALTER TABLE readings ATTACH PARTITION readings_from_2026010100 FOR VALUES FROM ('2026-01-01Z') TO ('2026-01-02Z')",
)
THEIRS = (
    "CREATE TABLE archive (LIKE readings INCLUDING CONSTRAINTS)",
    "CREATE INDEX by_hand ON archive (meter)",
    "ALTER TABLE readings ATTACH PARTITION archive FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')",
    "INSERT INTO readings (meter, at) VALUES ('old', '2020-05-05')",
)
# As the documentation has it, statement by statement.
SAID = (DOCS / "migrations.md").read_text().partition("## Tables partitioned by time")[2].partition("```text\n")[2]
LINES = [f"    op.execute({line!r})" for line in SAID.partition("```")[0].splitlines()]
BY_HAND = "\n".join(["def upgrade() -> None:", *LINES])
PARTITIONS = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = to_regclass('readings') ORDER BY 1"


class Reading(Resource):
    number: Attr[int] = sequence_key()
    meter: Attr[str] = attribute(max_length=10)
    at: Attr[datetime] = created_at()

    once = identity(meter, at)
    by_meter = index(meter)
    browse = Read()
    _kept = retention(after=30 * DAY, since=at, partition_every=DAY)


class Other(Resource):
    id: Attr[UUID] = primary_key()
    write = Create()


async def test_a_table_is_partitioned_from_its_first_step_on_and_is_no_drift(migrations: MakeMigrations) -> None:
    own = migrations(Reading)
    path = await started(own)
    assert "postgresql_partition_by='RANGE (at)'" in path.read_text().replace('"', "'")
    assert await execute(own, PARTITIONS) == [("readings_default",)]
    await execute(own, *OURS, *THEIRS)
    assert await own.check() == []
    assert await own.revision("nothing") is None
    assert await execute(own, "SELECT tableoid::regclass::text FROM readings") == [("archive",)]


async def test_the_column_may_be_called_anything(migrations: MakeMigrations) -> None:
    class Odd(Resource):
        number: Attr[int] = sequence_key()
        at: Attr[datetime] = created_at(column='100% :at "x"')
        _kept = retention(after=30 * DAY, since=at, partition_every=DAY)

    own = migrations(Odd)
    await started(own)
    assert await own.check() == []
    assert await own.revision("nothing") is None
    by = "SELECT pg_get_partkeydef('odds'::regclass)"
    assert await execute(own, by) == [('RANGE ("100% :at ""x""")',)]
    gone = migrations(Other)
    assert await gone.revision("Gone", Decisions(drops=("odds",))) is not None
    await gone.upgrade()
    await gone.downgrade("-1")
    assert await execute(own, by) == [('RANGE ("100% :at ""x""")',)]


async def test_the_way_back_leaves_what_others_have_attached(migrations: MakeMigrations) -> None:
    own = migrations(Reading)
    await started(own)
    await execute(own, *OURS, *THEIRS)
    await own.downgrade("base")
    assert await execute(own, "SELECT meter FROM archive") == [("old",)]
    assert await execute(own, "SELECT to_regclass('readings'), to_regclass('readings_from_2026010100')") == [
        (None, None)
    ]
    await own.upgrade()
    assert await own.check() == []


async def test_one_that_is_declared_no_longer_comes_back_partitioned(migrations: MakeMigrations) -> None:
    await started(migrations(Reading, Other))
    own = migrations(Other)
    await execute(own, *OURS, *THEIRS)
    await own.revision("gone", Decisions(drops=("readings",)))
    await own.upgrade()
    assert await execute(own, "SELECT meter FROM archive") == [("old",)]
    await own.downgrade("-1")
    assert await execute(own, PARTITIONS) == [("readings_default",)]


async def test_an_index_of_a_partitioned_table_has_no_online_way(migrations: MakeMigrations) -> None:
    class Wider(Resource):
        renamed_from = "Reading"
        number: Attr[int] = sequence_key()
        meter: Attr[str] = attribute(max_length=10)
        value: Attr[int] = attribute(default=3, ge=0)
        at: Attr[datetime] = created_at()

        once = identity(meter, at)
        by_meter = index(meter, value)
        browse = Read()
        _kept = retention(after=30 * DAY, since=at, partition_every=7 * DAY)

    await started(migrations(Reading))
    own = migrations(Wider)
    await execute(own, *OURS, "INSERT INTO readings (meter, at) VALUES ('a', '2026-01-01 05:00Z'), ('b', now())")
    with pytest.raises(Invalid, match="`widers` is partitioned, and PostgreSQL builds") as refused:
        await own.revision("wider", Decisions(modes=frozenset({StepMode.ONLINE})))
    assert refused.value.issues[0].code == "no_online_way"
    await own.revision("wider")
    await own.upgrade()
    assert await execute(own, "SELECT meter, value FROM widers ORDER BY 1") == [("a", 3), ("b", 3)]
    assert await own.check() == []
    await own.downgrade("-1")
    assert await execute(own, "SELECT meter FROM readings ORDER BY 1") == [("a",), ("b",)]
    await own.upgrade()
    assert await own.check() == []


async def test_a_step_by_hand_fills_every_partition_in_batches(migrations: MakeMigrations) -> None:
    own = migrations(Reading)
    await started(own)
    await execute(
        own, *OURS, *THEIRS, "INSERT INTO readings (meter, at) VALUES ('a', '2026-01-01 05:00Z'), ('b', now())"
    )
    path = await own.empty_revision("filled")
    fill = """online = True


def upgrade() -> None:
    op.execute("ALTER TABLE readings ADD note text")
    op.fill_in_batches("readings", "note", "'filled'")"""
    path.write_text(path.read_text().replace("def upgrade() -> None:\n    pass", fill))
    await own.upgrade()
    assert await execute(own, "SELECT count(*), count(*) FILTER (WHERE note = 'filled') FROM readings") == [(3, 3)]


async def test_a_table_that_stands_is_partitioned_by_hand_and_keeps_its_records(migrations: MakeMigrations) -> None:
    own = migrations(unpartitioned())
    await started(own)
    await execute(own, "INSERT INTO readings (meter, at) VALUES ('a', '2021-01-01'), ('b', '2022-01-01')")
    own = migrations(Reading)
    says = "table readings is not partitioned, and is declared by RANGE (at)"
    assert await own.check() == [says]
    with pytest.raises(Invalid, match=re.escape(says)) as refused:
        await own.revision("partitioned")
    assert "Tables partitioned by time" in str(refused.value.issues[0].hint)
    path = await own.empty_revision("partitioned")
    path.write_text(path.read_text().replace("def upgrade() -> None:\n    pass", BY_HAND))
    await own.upgrade()
    assert await own.check() == []
    await execute(own, "INSERT INTO readings (meter, at) VALUES ('c', '2040-01-01')")
    assert await execute(own, "SELECT number, meter FROM readings ORDER BY 1") == [(1, "a"), (2, "b"), (3, "c")]


async def test_what_is_partitioned_is_not_made_plain_by_a_step(migrations: MakeMigrations) -> None:
    await started(migrations(Reading))
    own = migrations(unpartitioned())
    says = "table readings is partitioned by RANGE (at), and is declared not to be"
    assert await own.check() == [says]
    with pytest.raises(Invalid, match=re.escape(says)):
        await own.revision("plain")


def unpartitioned() -> type[Resource]:
    class Reading(Resource):
        number: Attr[int] = sequence_key()
        meter: Attr[str] = attribute(max_length=10)
        at: Attr[datetime] = created_at()

        once = identity(meter, at)
        by_meter = index(meter)
        browse = Read()
        _kept = retention(after=30 * DAY, since=at)

    return Reading
