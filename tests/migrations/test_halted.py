"""An online step that is ended half way, wherever that is: it goes on, and what it makes is what it would have made."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
import sqlalchemy as sa

from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.rules import check, identity, index
from framework.errors import Conflict, Unavailable
from framework.sql.engine import open_engine
from framework.sql.migrations.migrations import Migrations
from framework.sql.migrations.operations.lock_policy import LockPolicy
from framework.sql.migrations.plan.decided.decisions import Decisions, StepMode
from framework.sql.migrations.running.readiness import SchemaWatch, steps_in
from framework.sql.section import Table
from framework.testing.until import until
from tests.migrations.conftest import MakeMigrations
from tests.migrations.test_online import Item, Shelf, item, with_items
from tests.migrations.test_own_domain import execute, started
from tests.migrations.walk.database import DEFINED, SPACES

DEFINITIONS = f"{SPACES}{DEFINED} ORDER BY 1, 2, 3, 4"
CHANGES = ("ALTER", "CREATE", "DROP", "UPDATE", "DO")
# What tells that all of a step was carried out, and what is written down beside.
COUNTED, NOTES = "UPDATE alembic_version SET", r"\w+ (?:TABLE |FROM |INTO |IF NOT EXISTS )*alembic_version"
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"
UPGRADE = """
import asyncio, sys
from pathlib import Path
from framework.compiler.domain import Domain, compile_domain
from framework.sql.migrations.migrations import Migrations
from framework.sql.migrations.operations.lock_policy import LockPolicy
folders = {"test": Path(sys.argv[2])}
asyncio.run(Migrations(compile_domain(Domain("test", [])), sys.argv[1], folders, lock_policy=LockPolicy(60)).upgrade())
"""
ONLINE = Decisions(drops=("Item.home",), modes=frozenset({StepMode.ONLINE}))


class Before(Resource):
    id: Attr[UUID] = primary_key()
    net: Attr[int] = attribute()
    tax: Attr[int | None] = attribute()
    note: Attr[str] = attribute(max_length=9)
    gone: Attr[int | None] = attribute()
    by_net = index(net)
    small = check(net < 900)


class Unruled(Resource):
    id: Attr[UUID] = primary_key()
    net: Attr[int] = attribute()
    tax: Attr[int | None] = attribute()
    note: Attr[str] = attribute(max_length=9)
    gone: Attr[int | None] = attribute()
    by_net = index(net)


class After(Resource):
    id: Attr[UUID] = primary_key()
    net: Attr[int] = attribute(ge=0)
    tax: Attr[int] = attribute(default=3)
    remark: Attr[str | None] = attribute(max_length=9, renamed_from="note")
    home: One[Shelf | None] = belongs_to()
    code: Attr[UUID] = attribute(default_factory=uuid4)
    gross: Attr[int] = attribute(backfill=net + 1)
    once = identity(net)
    by_tax = index(tax, net)
    small = check(net < 999)


class Unfilled(Resource):
    id: Attr[UUID] = primary_key()
    first: Attr[int] = attribute()
    second: Attr[int | None] = attribute()


class Filled(Resource):
    id: Attr[UUID] = primary_key()
    first: Attr[int] = attribute()
    second: Attr[int] = attribute(backfill=first + 1)
    third: Attr[int] = attribute(backfill=second + 1)


class Taxed(Resource):
    id: Attr[UUID] = primary_key()
    net: Attr[int] = attribute()
    tax: Attr[int] = attribute(default=3)
    home: Attr[UUID | None] = attribute()
    by_net = index(net)


class Once(Item):
    once = identity(Item.net)


class Killed(Exception):
    """The end of a process."""


@contextmanager
def killed_after_one_more(done: set[str]) -> Iterator[None]:
    """A run that carries out one statement that was not carried out before, and ends before the next, or its note."""
    new: list[str] = []

    def look(_: Any, __: Any, statement: str, *___: Any) -> None:
        statement = statement.lstrip()
        if statement.startswith(COUNTED) and new:
            raise Killed
        if not statement.startswith(CHANGES) or re.match(NOTES, statement):
            return
        if statement not in done and new:
            raise Killed
        new.extend({statement} - done)
        done.add(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", look)
    try:
        yield
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", look)


@contextmanager
def killed_before_it_is_counted() -> Iterator[None]:
    """A run that carries out all of a step, and ends before that is noted."""

    def look(_: Any, __: Any, statement: str, *___: Any) -> None:
        if statement.startswith(COUNTED):
            raise Killed

    sa.event.listen(sa.Engine, "before_cursor_execute", look)
    try:
        yield
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", look)


@pytest.mark.parametrize("mode", ["whole", "split"])
async def test_it_goes_on_from_wherever_it_was_killed(migrations: MakeMigrations, mode: str) -> None:
    old, new = migrations(item(Before)), migrations(Shelf, item(After))
    await started(old)
    await execute(old, "INSERT INTO items (id, net, note) SELECT gen_random_uuid(), n, n FROM generate_series(1, 20) n")
    modes = ONLINE.modes | ({StepMode.SPLIT} if mode == "split" else set())
    written = await new.written("After", replace(ONLINE, drops=("Item.gone",), modes=modes))
    await new.upgrade()
    unhalted = await execute(new, DEFINITIONS)
    await new.downgrade(f"-{len(written)}")
    assert await halted(new) > 20
    assert await execute(new, DEFINITIONS) == unhalted
    assert await new.check() == []
    assert await execute(new, "SELECT count(*) FROM items WHERE gross = net + 1 AND tax = 3") == [(20,)]


async def halted(migrations: Migrations, *, back: bool = False) -> int:
    """Carries out, or takes back, what is killed after each statement and begun again; gives how often it was."""
    done: set[str] = set()
    halts = 0
    while True:
        try:
            with killed_after_one_more(done):
                await (migrations.downgrade("-1") if back else migrations.upgrade())
        except Killed:
            halts += 1
        else:
            return halts


class Article(After):
    renamed_from = "Item"
    dropped = ("gone",)


@pytest.mark.parametrize(("mode", "like"), [("whole", After), ("split", After), ("whole", Article)])
async def test_it_goes_back_from_wherever_it_was_killed(
    migrations: MakeMigrations, mode: str, like: type[Resource]
) -> None:
    """What it is called is of before at the end, and what was done by the other names until then is not done again."""
    old, new = migrations(item(Before)), migrations(Shelf, like if like is Article else item(like))
    await started(old)
    await execute(old, "INSERT INTO items (id, net, note) SELECT gen_random_uuid(), n, n FROM generate_series(1, 20) n")
    before = await execute(old, DEFINITIONS)
    modes = ONLINE.modes | ({StepMode.SPLIT} if mode == "split" else set())
    drops = () if like is Article else ("Item.gone",)
    written = await new.written("After", replace(ONLINE, drops=drops, modes=modes))
    await new.upgrade()
    unhalted = await execute(new, DEFINITIONS)
    for _ in written:
        assert await halted(new, back=True) > 5
    assert [each for each in await execute(old, DEFINITIONS) if each not in before] == []
    assert await halted(new) > 20
    assert await execute(new, DEFINITIONS) == unhalted
    assert await new.check() == []


@pytest.mark.parametrize("schemas", [(None, "crm"), ("crm", None)])
async def test_a_table_that_moves_is_moved_once(migrations: MakeMigrations, schemas: Sequence[str | None]) -> None:
    body = {"__module__": __name__}
    old, new = (
        migrations(item(type("Moved", (base,), {**body, "sections": (Table("items", schema=schema),)})))
        for base, schema in zip((Unfilled, Filled), schemas, strict=True)
    )
    await started(old)
    await new.written("Moved", Decisions(modes=ONLINE.modes))
    done: set[str] = set()
    while await new.pending():
        with suppress(Killed), killed_after_one_more(done):
            await new.upgrade()
    assert await new.check() == []


class Linked(Resource):
    id: Attr[UUID] = primary_key()
    next_one: One[Linked | None] = belongs_to()


class Renamed(Resource):
    renamed_from = "Linked"
    id: Attr[UUID] = primary_key()
    next_one: One[Renamed | None] = belongs_to()
    other: One[Shelf | None] = belongs_to()


async def test_a_table_with_links_that_goes_is_gone_once(migrations: MakeMigrations) -> None:
    await started(migrations(Linked, Shelf))
    new = migrations(Shelf)
    await new.written("Gone", Decisions(drops=("Linked",), modes=ONLINE.modes))
    with pytest.raises(Killed), killed_before_it_is_counted():
        await new.upgrade()
    assert await execute(new, "SELECT to_regclass('linkeds')") == [(None,)]
    await new.upgrade()
    assert await new.check() == []


async def test_the_way_back_drops_by_the_new_names_and_then_renames(migrations: MakeMigrations) -> None:
    old = migrations(Linked)
    await started(old)
    before = await execute(old, DEFINITIONS)
    new = migrations(Renamed, Shelf)
    await new.written("Renamed", Decisions(modes=ONLINE.modes))
    await new.upgrade()
    assert await new.check() == []
    await new.downgrade("-1")
    assert await execute(old, DEFINITIONS) == before


@pytest.mark.parametrize("name", ["50% off", "Größe", 'a "b"', "order"])
async def test_a_rule_goes_whatever_its_table_is_called(migrations: MakeMigrations, name: str) -> None:
    body = {"__module__": __name__, "sections": (Table(name),)}
    old, new = (migrations(type("Item", (base,), body)) for base in (Before, Unruled))
    await started(old)
    (written,) = await new.written("Unruled", Decisions(modes=ONLINE.modes))
    assert f"op.drop_constraint('ck_{name}_small', '{name}'" in written.path.read_text()
    await new.upgrade()
    assert await execute(new, "SELECT conname FROM pg_constraint WHERE conname LIKE '%small'") == []
    assert await new.check() == []


async def test_what_is_filled_first_is_required_first(migrations: MakeMigrations) -> None:
    """A record without either meets no CHECK of the second while the first is filled, whenever that is begun again."""
    old, new = migrations(item(Unfilled)), migrations(item(Filled))
    await started(old)
    (written,) = await new.written("Filled", Decisions(modes=ONLINE.modes))
    said = re.findall(r"op\.(fill_in_batches|require)\('items', '(\w+)'", written.path.read_text())
    assert said == [(word, name) for word in ("fill_in_batches", "require") for name in ("second", "third")]


async def test_a_step_that_is_taken_back_half_way_is_no_longer_worked_with(migrations: MakeMigrations) -> None:
    old, new = migrations(item(Unfilled)), migrations(item(Filled))
    await started(old)
    await new.written("Filled", Decisions(modes=ONLINE.modes))
    await new.upgrade()
    engine = open_engine(new.url, connections=1)

    async def ready() -> bool:
        return (await SchemaWatch(engine, steps_in([*new.folders.values()])).look()).ready

    assert await ready()
    done: set[str] = set()
    with pytest.raises(Killed), killed_after_one_more(done):
        await new.downgrade("-1")
    assert (await new.pending(), await ready()) == ([], False)
    await new.downgrade("-1")
    await new.upgrade()
    assert await ready()
    await engine.dispose()


async def waits(migrations: Migrations) -> bool:
    """Whether somebody waits for a lock."""
    return await execute(migrations, WAITING) == [(1,)]


async def taxed(migrations: MakeMigrations) -> Migrations:
    """A step that begins by filling a column in batches, and is not carried out yet."""
    await with_items(migrations)
    new = replace(migrations(Shelf, item(Taxed)), lock_policy=LockPolicy(lock=60))
    (written,) = await new.written("Taxed", Decisions(modes=ONLINE.modes))
    first = re.search(r"def upgrade.*?    op\.(\w+)\(", written.path.read_text(), re.DOTALL)
    assert first is not None
    assert first[1] == "fill_in_batches"
    return new


async def test_one_that_is_killed_leaves_the_rest_to_whoever_has_the_next_turn(migrations: MakeMigrations) -> None:
    new = await taxed(migrations)
    async with await psycopg.AsyncConnection.connect(new.url) as other:
        # The first of the table, so that all others come after it.
        await other.execute("SELECT 1 FROM items ORDER BY ctid LIMIT 1 FOR UPDATE")
        killed = await asyncio.create_subprocess_exec(sys.executable, "-c", UPGRADE, new.url, str(new.folders["test"]))
        await until(lambda: waits(new))
        # The batches have left it, and wait for it with nothing else locked.
        assert await execute(new, "SELECT count(*) FROM items WHERE tax IS NULL") == [(1,)]
        await execute(new, "SELECT 1 FROM items WHERE tax IS NOT NULL FOR UPDATE NOWAIT")
        second = asyncio.create_task(new.upgrade())
        await until(lambda: asks_for_a_turn(new))
        killed.send_signal(signal.SIGKILL)
        await killed.wait()
        assert not second.done()
        await other.execute("UPDATE items SET net = 0 WHERE tax IS NULL")
        await other.commit()
        await second
    assert await new.check() == []
    assert await execute(new, "SELECT tax FROM items WHERE net = 0") == [(3,)]


async def asks_for_a_turn(migrations: Migrations) -> bool:
    """Whether somebody has been told that another migrates."""
    asked = "SELECT 1 FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query ~ 'pg_try_advisory_lock|^ROLLBACK'"
    return await execute(migrations, asked) != []


async def test_writers_do_not_wait_while_a_step_waits_for_a_vacuum(migrations: MakeMigrations) -> None:
    new = await taxed(migrations)
    async with await psycopg.AsyncConnection.connect(new.url) as vacuum:
        # The lock that VACUUM and ANALYZE take.
        await vacuum.execute("LOCK TABLE items IN SHARE UPDATE EXCLUSIVE MODE")
        upgrading = asyncio.create_task(new.upgrade())
        await until(lambda: waits(new))
        await execute(new, "BEGIN", "LOCK TABLE items IN ROW EXCLUSIVE MODE NOWAIT", "COMMIT")
    await upgrading
    assert await new.check() == []


async def test_a_lost_connection_is_told_with_what_stays(migrations: MakeMigrations) -> None:
    new = await taxed(migrations)
    async with await psycopg.AsyncConnection.connect(new.url) as other:
        await other.execute("SELECT 1 FROM items LIMIT 1 FOR UPDATE")
        upgrading = asyncio.create_task(new.upgrade())
        await until(lambda: waits(new))
        await execute(new, "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted")
        with pytest.raises(Unavailable) as lost:
            await upgrading
    (issue,) = lost.value.issues
    assert re.fullmatch(
        r"the step \w+.py, line \d+ lost its connection to PostgreSQL: terminating connection due to administrator"
        r" command; the steps before it are carried out, and what stands above that line; the same again goes on from"
        r" there",
        issue.message,
    )
    await new.upgrade()
    assert await new.check() == []


async def nobody_waits(migrations: Migrations) -> bool:
    """Whether the server has let go of the statement."""
    return not await waits(migrations)


@pytest.mark.parametrize("modes", [ONLINE.modes, frozenset[StepMode]()], ids=["online", "whole"])
async def test_one_that_is_interrupted_tells_what_stays_and_goes_on(
    migrations: MakeMigrations, modes: frozenset[StepMode]
) -> None:
    await with_items(migrations, 10)
    new = replace(migrations(Shelf, item(Taxed)), lock_policy=LockPolicy(lock=60))
    await new.written("Taxed", Decisions(modes=modes))
    async with await psycopg.AsyncConnection.connect(new.url) as other:
        await other.execute("SELECT 1 FROM items LIMIT 1 FOR UPDATE")
        upgrading = asyncio.create_task(new.upgrade())
        await until(lambda: waits(new))
        upgrading.cancel()
        with pytest.raises(asyncio.CancelledError) as ended:
            await upgrading
        # Nobody waits any more, though what it waited for is held still.
        await until(lambda: nobody_waits(new))
    stays = "what stands above that line; the same again goes on from there" if modes else "nothing was changed"
    assert re.match(rf"interrupted in the step \w+.py, line \d+; .*{stays}", str(ended.value.__cause__))
    assert [each.partition(": ")[2] for each in await new.upgrade()] == ["Taxed."]
    assert await new.check() == []
    # What another process has carried out meanwhile is not told as done by this one.
    assert await new.upgrade() == []


async def once(migrations: MakeMigrations) -> Migrations:
    """A step that makes a unique rule, and does not look at the records first, as if they were written after that."""
    await with_items(migrations, 10)
    new = migrations(Shelf, item(Once))
    (written,) = await new.written("Once", Decisions(modes=frozenset({StepMode.ONLINE})))
    text = written.path.read_text()
    written.path.write_text(re.sub(r"op\.refuse_rows\(.*", "pass", text))
    return new


async def test_an_index_that_found_a_value_twice_is_told(migrations: MakeMigrations) -> None:
    new = await once(migrations)
    await execute(new, "UPDATE items SET net = 1 WHERE net = 2")
    with pytest.raises(Conflict, match=r"Key \(net\)=\(1\) is duplicated") as failed:
        await new.upgrade()
    assert "the index `uq_items_net` is left INVALID, and it refuses nothing: dspex migrate" in str(failed.value)
    await execute(new, "UPDATE items SET net = 1 WHERE net = 3")


async def test_an_index_that_refuses_though_it_is_invalid_is_told(migrations: MakeMigrations) -> None:
    new = await once(migrations)
    connect = psycopg.AsyncConnection.connect

    async def at(phase: str) -> bool:
        found = await execute(new, "SELECT phase FROM pg_stat_progress_create_index")
        return found == [(f"waiting for writers before {phase}",)]

    async with await connect(new.url) as first, await connect(new.url) as second:
        await first.execute("UPDATE items SET tax = 1 WHERE net = 1")
        upgrading = asyncio.create_task(new.upgrade())
        await until(lambda: at("build"))
        await second.execute("UPDATE items SET tax = 1 WHERE net = 2")
        await first.commit()
        await until(lambda: at("validation"))
        await execute(new, "SELECT pg_cancel_backend(pid) FROM pg_stat_progress_create_index")
        with pytest.raises(Conflict) as failed:
            await upgrading
    says = (
        "the index `uq_items_net` is left INVALID, and it refuses values that stand twice all the same: dspex migrate"
    )
    assert says in str(failed.value)
    with pytest.raises(psycopg.errors.UniqueViolation):
        await execute(new, "UPDATE items SET net = 1 WHERE net = 2")
    await new.upgrade()
    assert await new.check() == []
