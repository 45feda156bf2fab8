"""Steps for big tables: nobody waits for long, and one that ended half way goes on where it was."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from uuid import UUID, uuid4

import psycopg
import pytest

from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.derived import calculate
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.rules import check, exclude, identity, index
from framework.errors import Conflict, Invalid
from framework.sql.migrations.migrations import Migrations
from framework.sql.migrations.operations.lock_policy import LockPolicy
from framework.sql.migrations.plan.decided.decisions import Decisions, StepMode
from framework.testing.until import until
from tests.migrations.conftest import MakeMigrations
from tests.migrations.test_own_domain import execute, started

ROWS = 3000
BIG = Decisions(big=100)
SOON = LockPolicy(lock=0.2, tries=1)


class Shelf(Resource):
    id: Attr[UUID] = primary_key()


class Item(Resource):
    id: Attr[UUID] = primary_key()
    net: Attr[int] = attribute()
    tax: Attr[int | None] = attribute()
    home: Attr[UUID | None] = attribute()
    by_net = index(net)


class Grown(Resource):
    id: Attr[UUID] = primary_key()
    net: Attr[int] = attribute(ge=0)
    tax: Attr[int] = attribute(default=3)
    home: One[Shelf | None] = belongs_to()
    code: Attr[UUID] = attribute(default_factory=uuid4)
    kind: Attr[str] = attribute(default="50% :off")
    gross: Attr[int] = attribute(backfill=net + 1)
    once = identity(net)
    by_kind = index(kind, net)
    fair = check(tax < 100)


class Indexed(Resource):
    id: Attr[UUID] = primary_key()
    net: Attr[int] = attribute()
    tax: Attr[int | None] = attribute()
    home: Attr[UUID | None] = attribute()
    by_net = index(net)
    by_tax = index(tax)


class Exchanged(Resource):
    id: Attr[UUID] = primary_key()
    tax: Attr[int] = attribute()
    net: Attr[int | None] = attribute()
    home: Attr[UUID | None] = attribute()
    by_net = index(tax)
    by_home = index(home)


class Apart(Resource):
    id: Attr[UUID] = primary_key()
    net: Attr[int] = attribute()
    tax: Attr[int | None] = attribute()
    home: Attr[UUID | None] = attribute()
    by_net = index(net)
    apart = exclude(overlapping=(net, tax))


RETYPED = {"__module__": __name__, "__annotations__": {"net": Attr[str]}, "net": attribute()}


def item(like: type[Resource] = Grown) -> type[Resource]:
    return type("Item", (like,), {"__module__": __name__})


async def with_items(migrations: MakeMigrations, rows: int = ROWS) -> Migrations:
    """A table with that many records."""
    old = migrations(Shelf, item(Item))
    await started(old)
    await execute(
        old,
        f"INSERT INTO items (id, net) SELECT gen_random_uuid(), n FROM generate_series(1, {rows}) n",
    )
    return old


async def test_a_step_for_a_big_table_is_online_and_leads_to_the_same(migrations: MakeMigrations) -> None:
    old = await with_items(migrations)
    new = migrations(Shelf, item())
    (written,) = await new.written("Grown", replace(BIG, drops=("Item.home",)))
    assert written.notes == [
        "`items.home` is dropped, and with it what 0 records of this database had there",
        "`items` has more than 100 records, so the step is online",
    ]
    text = written.path.read_text()
    for words in (
        "online = True",
        "op.fill_in_batches('items', 'code', 'gen_random_uuid()')",
        "op.fill_in_batches('items', 'gross', '(items.net + 1)')",
        "op.require('items', 'tax')",
        "postgresql_not_valid=True",
        "op.validate_constraint('items', 'fk_items_home_id')",
        "postgresql_concurrently=True, if_not_exists=True",
        "op.unique_by_index('items', 'uq_items_net', deferrable=True, initially='IMMEDIATE')",
        "create_index: SHARE UPDATE EXCLUSIVE on items, while it is built: nobody waits",
    ):
        assert words in text
    assert "BEGIN LOOP UPDATE items SET gross = (items.net + 1)" in await new.upgrade_sql()
    await new.upgrade()
    assert await new.check() == []
    holds = "gross = net + 1 AND tax = 3 AND kind = '50% :off'"
    found = await execute(new, f"SELECT count(*), count(DISTINCT code) FROM items WHERE {holds}")
    assert found == [(ROWS, ROWS)]
    left = "SELECT conname FROM pg_constraint WHERE NOT convalidated OR conname LIKE '%required%'"
    assert await execute(new, left) == []
    await new.downgrade("-1")
    assert [each for each in await old.check() if "not carried out" not in each] == []
    await new.upgrade()
    assert await new.check() == []
    assert await execute(new, "SELECT count(*) FROM items") == [(ROWS,)]


async def test_the_script_of_an_online_step_does_the_same(migrations: MakeMigrations) -> None:
    await with_items(migrations)
    new = migrations(Shelf, item())
    assert await new.revision("Grown", replace(BIG, drops=("Item.home",))) is not None
    script = re.sub(r"^-- .*$", "", await new.upgrade_sql(), flags=re.MULTILINE)
    await execute(new, *[statement for statement in script.split(";\n\n") if statement.strip()])
    await new.stamp("heads")
    assert await new.check() == []


async def test_who_holds_a_lock_is_told(migrations: MakeMigrations) -> None:
    old = await with_items(migrations, rows=10)
    plain = replace(migrations(Shelf, item()), lock_policy=SOON)
    assert await plain.revision("Grown", Decisions(drops=("Item.home",))) is not None
    async with await psycopg.AsyncConnection.connect(old.url, application_name="nightly") as other:
        await other.execute("SELECT 1 FROM items LIMIT 1")
        with pytest.raises(Conflict, match="nothing was changed") as failed:
            await plain.upgrade()
        (issue,) = failed.value.issues
        assert issue.params["sqlstate"] == "55P03"
        (holder,) = issue.params["holders"]
        assert f"process {other.info.backend_pid} " in holder
        assert "nightly) holds `items`" in holder
        assert "idle in transaction: SELECT 1 FROM items LIMIT 1" in holder
        assert holder in issue.message


async def test_an_operation_of_an_online_step_is_tried_again(migrations: MakeMigrations) -> None:
    old = await with_items(migrations, rows=10)
    new = replace(migrations(Shelf, item()), lock_policy=SOON)
    online = Decisions(drops=("Item.home",), modes=frozenset({StepMode.ONLINE}))
    assert await new.revision("Grown", online) is not None
    async with await psycopg.AsyncConnection.connect(old.url) as other:
        await other.execute("LOCK TABLE items IN ROW EXCLUSIVE MODE")
        with pytest.raises(Conflict, match=r"holds `items`.*the same again goes on from there"):
            await new.upgrade()
        going_on = asyncio.create_task(replace(new, lock_policy=LockPolicy(lock=0.2)).upgrade())
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        await until(lambda: execute_is(old, waiting, 1))
        await until(lambda: execute_is(old, waiting, 0))
    await going_on
    assert await new.check() == []


async def execute_is(migrations: Migrations, query: str, value: object) -> bool:
    return await execute(migrations, query) == [(value,)]


async def test_an_index_that_a_deadlock_ended_is_made_again(migrations: MakeMigrations) -> None:
    old = await with_items(migrations, 100)
    new = migrations(Shelf, item(Indexed))
    await new.revision("Index", Decisions(modes=frozenset({StepMode.ONLINE})))
    async with await psycopg.AsyncConnection.connect(old.url) as other:
        # The one that waits for the index does not look for deadlocks, so the index ends by it.
        await other.execute("SET deadlock_timeout = '60s'")
        await other.execute("UPDATE items SET tax = 1 WHERE net = 1")

        async def begun() -> bool:
            return await execute(old, "SELECT count(*) FROM pg_stat_progress_create_index") != [(0,)]

        upgrading = asyncio.create_task(new.upgrade())
        await until(begun)
        await other.execute("LOCK TABLE items IN ACCESS EXCLUSIVE MODE")
        await other.rollback()
        await upgrading
    valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_items_tax'::regclass"
    assert await execute(new, valid) == [(True,)]


async def test_what_would_be_undone_if_it_were_done_again_is_not_online(migrations: MakeMigrations) -> None:
    await with_items(migrations, 200)
    new = migrations(Shelf, item(Exchanged))
    said = replace(BIG, renames=("Item.net=tax", "Item.tax=net"))
    asked = replace(said, modes=frozenset({StepMode.ONLINE}))
    with pytest.raises(Invalid, match="--online: columns of `items` exchange their names, which is done in one"):
        await new.revision("Exchange", asked)
    (written,) = await new.written("Exchange", said)
    assert "online = True" not in written.path.read_text()
    await new.upgrade()
    assert await execute(new, "SELECT count(*) FROM items WHERE tax IS NOT NULL AND net IS NULL") == [(200,)]


class Stored(Item):
    gross: Attr[int] = calculate(Item.net + 1, stored=True)


@pytest.mark.parametrize(
    ("like", "says"),
    [
        (Apart, r"the exclusion `ex_items_apart` locks `items` while PostgreSQL builds its index"),
        (Stored, r"the stored calculation `items.gross` comes to be stored, and PostgreSQL writes the table anew"),
        (
            type("Retyped", (Item,), RETYPED),
            r"the type of `items.net` changes, and PostgreSQL writes the table anew for that",
        ),
    ],
)
async def test_what_has_no_online_way_is_refused_or_told(
    migrations: MakeMigrations, like: type[Resource], says: str
) -> None:
    await with_items(migrations, 200)
    new = migrations(Shelf, item(like))
    with pytest.raises(Invalid, match=f"--online: {says}") as refused:
        await new.revision("Refused", Decisions(modes=frozenset({StepMode.ONLINE})))
    assert "in a step of its own" in str(refused.value.issues[0].hint)
    (written,) = await new.written("Told", BIG)
    (told,) = written.notes
    assert re.match(f"`items` has more than 100 records, and the step is not online all the same: {says}", told)
    assert "online = True" not in written.path.read_text()
    assert any("ACCESS EXCLUSIVE on items, while" in lock for lock in written.locks)
