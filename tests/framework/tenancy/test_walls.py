"""The second wall: raw SQL in the application's role meets one tenant, whatever happened on the connection before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
import sqlalchemy as sa

from framework import (
    STANDARD,
    Attr,
    Create,
    Domain,
    Forbidden,
    Invalid,
    One,
    Read,
    Resource,
    attribute,
    belongs_to,
    by_column,
    compile_domain,
    identity,
    primary_key,
)
from framework.actions.engine import Engine
from framework.actions.query import Query
from framework.actions.session import Session
from framework.data.selection import Selection
from framework.expr.nodes import TRUE
from framework.sql.application_role import ROLE
from framework.sql.engine import create_tables, open_layer
from framework.sql.layer import SqlLayer
from framework.sql.migrations.migrations import Migrations
from framework.sql.migrations.plan.decided.decisions import Decisions
from framework.sql.watch import watched
from framework.testing.engines import in_postgres, run_jobs
from tests.framework.tenancy.conftest import Studio, filled
from tests.framework.tenancy.studio import ACME, OTHER, STUDIO, Project

TABLES = ("projects", "tasks", "events", "jobs")
OWNERS = {
    "projects": "SELECT DISTINCT organization_id::text FROM projects",
    "tasks": "SELECT DISTINCT organization_id::text FROM tasks",
    "events": "SELECT DISTINCT tenant FROM events WHERE tenant IS NOT NULL",
    "jobs": "SELECT DISTINCT tenant FROM jobs WHERE tenant IS NOT NULL",
}


@pytest.fixture
async def studio(fresh_database_url: str) -> AsyncIterator[Studio]:
    async with in_postgres(STUDIO, url=fresh_database_url) as engine:
        made = await filled(engine)
        for session, project in ((made.acme, made.mine), (made.other, made.theirs)):
            await session.update(Project.weigh, project.id)
        yield made


def layer_of(engine: Engine) -> SqlLayer:
    assert isinstance(engine.layer, SqlLayer)
    return engine.layer


async def met(connection: Any) -> dict[str, set[str]]:
    """Whose rows raw SQL over a connection meets, by the table."""
    return {table: set((await connection.execute(sa.text(query))).scalars()) for table, query in OWNERS.items()}


async def met_inside(session: Session) -> dict[str, set[str]]:
    """The same over the connection of a transaction in which the session has read."""
    async with session.transaction() as inner:
        await inner.writer.read(Selection(inner.domain.of(Project), ("id",), None))
        return await met(await inner.writer.held.connection())  # type: ignore[attr-defined]


def only(tenant: UUID) -> dict[str, set[str]]:
    return {key: {str(tenant)} for key in TABLES}


async def test_raw_sql_within_a_tenant_sees_nothing_of_another(studio: Studio) -> None:
    assert await met_inside(studio.acme) == only(ACME)
    assert await met_inside(studio.other) == only(OTHER)
    assert await met_inside(studio.system) == {key: {str(ACME), str(OTHER)} for key in TABLES}


async def test_whoever_takes_a_connection_by_themselves_is_in_no_tenant(studio: Studio) -> None:
    layer = layer_of(studio.engine)
    for engine in layer.engines:
        for session in (studio.acme, studio.system):
            await session.read(Project.browse)
            async with engine.connect() as connection:
                assert await met(connection) == {key: set() for key in TABLES}
                assert await connection.scalar(sa.text("SELECT current_user")) == ROLE
    assert len(await studio.system.read(Project.browse)) == 2
    assert len(await studio.acme.read(Project.browse)) == 1


async def test_raw_sql_writes_nothing_into_another_tenant(studio: Studio) -> None:
    async with studio.acme.transaction() as inner:
        await inner.writer.read(Selection(inner.domain.of(Project), ("id",), None))
        raw = await inner.writer.held.connection()  # type: ignore[attr-defined]
        assert (await raw.execute(sa.text("UPDATE projects SET name = 'x'"))).rowcount == 1
        assert (await raw.execute(sa.text(f"DELETE FROM tasks WHERE organization_id = '{OTHER}'"))).rowcount == 0
        moved = sa.text(f"UPDATE projects SET organization_id = '{OTHER}'")
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
            async with raw.begin_nested():
                await raw.execute(moved)
    assert [each.name for each in await studio.other.read(Project.browse)] == ["roof"]


async def test_a_write_into_another_tenant_past_all_that_we_look_at_is_refused(studio: Studio) -> None:
    with pytest.raises(Forbidden):
        async with studio.acme.transaction() as inner:
            await inner.writer.update(inner.domain.of(Project), TRUE, {"organization_id": OTHER})


@pytest.mark.parametrize("ends", ["commits", "fails", "gives way in a savepoint"])
async def test_nothing_of_a_tenant_is_left_on_a_connection(fresh_database_url: str, ends: str) -> None:
    async with few_connections(fresh_database_url, 1) as studio:
        for session, tenant in ((studio.acme, ACME), (studio.system, None), (studio.other, OTHER)):
            await ended(session, ends)
            async with layer_of(studio.engine).transaction() as tx:
                raw = await tx.held.connection()  # type: ignore[attr-defined]
                assert await raw.scalar(sa.text("SELECT current_setting('dspex.tenant', true)")) in ("", None)
            seen = {each["organization_id"] for each in await session.read(Project.browse)}
            assert seen == ({tenant} if tenant else {ACME, OTHER})


@asynccontextmanager
async def few_connections(url: str, connections: int) -> AsyncIterator[Studio]:
    """The studio over so many connections for reading, and for transactions."""
    domain = compile_domain(STUDIO)
    async with open_layer(domain, url, connections=connections) as layer:
        await create_tables(layer)
        yield await filled(Engine(domain, layer))


async def given_up(inner: Session) -> None:
    """A part that looked past the wall, and came to nothing."""
    try:
        async with inner.savepoint():
            spec = inner.domain.of(Project)
            await inner.as_system("looks past").writer.read(Selection(spec, ("id",), None))
            raise Invalid("a mistake", code="test")
    except Invalid:
        return


async def ended(session: Session, how: str) -> None:
    """A transaction of the session, at its end."""
    spec = session.domain.of(Project)
    try:
        async with session.transaction() as inner:
            before = await inner.writer.read(Selection(spec, ("id",), None))
            if how == "fails":
                raise Invalid("a mistake", code="test")
            if how == "gives way in a savepoint":
                await given_up(inner)
                assert await inner.writer.read(Selection(spec, ("id",), None)) == before
    except Invalid:
        assert how == "fails"


async def test_reads_on_their_own_are_behind_the_wall_and_keep_to_it(studio: Studio) -> None:
    layer, said = layer_of(studio.engine), list[str]()
    browse = studio.engine.domain.action("Project", "browse")
    for session, tenant in ((studio.acme, ACME), (studio.other, OTHER), (studio.acme, ACME)):
        found = await asyncio.gather(*(session.page(browse, Query()) for _ in range(8)))
        assert {each["organization_id"] for page in found for each in page.records} == {tenant}
    for _ in range(12):
        await studio.acme.read(Project.browse)
    with watched(layer, said.append):
        await studio.acme.read(Project.browse)
    assert [statement for statement in said if "set_config" in statement] == []


async def test_many_at_once_on_few_connections_meet_their_own(fresh_database_url: str) -> None:
    async with few_connections(fresh_database_url, 2) as studio:

        async def look(number: int) -> set[Any]:
            session = (studio.acme, studio.other, studio.system)[number % 3]
            if number % 2:
                return {each["organization_id"] for each in await session.read(Project.browse)}
            async with session.transaction() as inner:
                rows = await inner.writer.read(Selection(inner.domain.of(Project), ("organization_id",), None))
            return {row["organization_id"] for row in rows}

        found = await asyncio.gather(*(look(number) for number in range(60)))
        for number, seen in enumerate(found):
            assert seen == ({ACME}, {OTHER}, {ACME, OTHER})[number % 3]


async def test_a_job_is_behind_the_wall_of_its_tenant(studio: Studio) -> None:
    await run_jobs(studio.engine)
    assert [each.name for each in await studio.acme.read(Project.browse)] == ["roof weighed"]
    assert [each.name for each in await studio.other.read(Project.browse)] == ["roof weighed"]


async def test_a_transaction_says_once_in_which_tenant_it_is(studio: Studio) -> None:
    said = list[str]()
    with watched(layer_of(studio.engine), said.append):
        await studio.acme.create(Project.begin, {"name": "cellar"})
    # That which writes, its event included, and that in which the record is read as it may be seen.
    assert [statement.split()[0] for statement in said] == ["SELECT", "INSERT", "INSERT", "SELECT", "SELECT"]


async def test_a_domain_without_tenants_has_no_role_no_wall_and_says_nothing(fresh_database_url: str) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        title: Attr[str] = attribute()
        browse = Read()
        write = Create(accept=[title])

    async with in_postgres(Domain("notes", [Note]), url=fresh_database_url) as engine:
        layer, said = layer_of(engine), list[str]()
        assert layer.walls is None
        with watched(layer, said.append):
            await engine.session().create(Note.write, {"title": "a"})
            await engine.session().read(Note.browse)
        assert [statement for statement in said if "dspex" in statement or "role" in statement] == []
        async with layer.engine.connect() as connection:
            held = sa.text("SELECT count(*) FROM pg_class WHERE relrowsecurity")
            assert await connection.scalar(held) == 0
            grants = sa.text("SELECT count(*) FROM information_schema.role_table_grants WHERE grantee = :role")
            assert await connection.scalar(grants, {"role": ROLE}) == 0


async def test_migrations_raise_walls_find_them_and_leave_those_of_others_alone(
    fresh_database_url: str, tmp_path: Path
) -> None:
    migrations = Migrations(compile_domain(STUDIO), fresh_database_url, {"studio": tmp_path})
    assert await migrations.revision("studio") is not None
    await migrations.upgrade()
    assert await migrations.check() == []
    async with await psycopg.AsyncConnection.connect(fresh_database_url, autocommit=True) as connection:

        async def walls() -> set[tuple[str, str]]:
            asked = "SELECT tablename, policyname FROM pg_policies ORDER BY 1, 2"
            return {(row[0], row[1]) for row in await (await connection.execute(asked)).fetchall()}

        ours = {(table, "dspex_tenant") for table in TABLES}
        assert await walls() == ours
        await connection.execute("CREATE POLICY by_hand ON articles USING (true)")
        await connection.execute("CREATE POLICY by_hand ON tasks AS RESTRICTIVE USING (true)")
        assert await migrations.check() == []
        for harm in (
            "DROP POLICY dspex_tenant ON projects",
            "ALTER TABLE projects DISABLE ROW LEVEL SECURITY",
            "ALTER POLICY dspex_tenant ON projects USING (true)",
            "ALTER POLICY dspex_tenant ON projects WITH CHECK (true)",
        ):
            await connection.execute(harm)
            assert any("row-level security of table projects" in said for said in await migrations.check()), harm
            assert await migrations.revision("mended") is not None
            await migrations.upgrade()
            assert await migrations.check() == [], harm


def things(tenancy: object) -> Domain:
    """Things with parts, which belong to tenants if that says so."""

    class Thing(Resource):
        id: Attr[UUID] = primary_key()
        name: Attr[str] = attribute()
        owner_id: Attr[UUID] = attribute()
        browse = Read()
        one_name = identity(name)

    class Part(Resource):
        id: Attr[UUID] = primary_key()
        owner_id: Attr[UUID] = attribute()
        thing: One[Thing] = belongs_to()
        browse = Read()

    for record in (Thing, Part):
        record.tenancy = tenancy  # type: ignore[assignment]
    return Domain("things", [Thing, Part], STANDARD)


async def test_what_stands_comes_to_belong_to_tenants_and_back(fresh_database_url: str, tmp_path: Path) -> None:
    folders = {"things": tmp_path}
    plain, owned = (compile_domain(things(tenancy)) for tenancy in (None, by_column("owner_id")))
    before, after = (Migrations(domain, fresh_database_url, folders) for domain in (plain, owned))
    await before.revision("things")
    await before.upgrade()
    stood = await schema(fresh_database_url)
    assert await after.revision("of tenants") is not None
    await after.upgrade()
    assert await after.check() == []
    walled = await schema(fresh_database_url)
    assert {line for line in walled if "dspex_tenant" in line} == {
        f"{table} dspex_tenant" for table in ("things", "parts", "events", "jobs")
    }
    async with await psycopg.AsyncConnection.connect(fresh_database_url, autocommit=True) as connection:
        await connection.execute("CREATE POLICY by_hand ON things AS RESTRICTIVE USING (true)")
    await before.revision("of nobody", Decisions(drops=("Event.tenant", "Job.tenant")))
    await before.upgrade()
    assert await before.check() == []
    # A policy made by hand stays, and is upheld.
    assert await schema(fresh_database_url) == stood | {"things by_hand", "things row-level security"}
    await after.downgrade("-1")
    assert await schema(fresh_database_url) == walled | {"things by_hand"}
    await before.downgrade("-1")
    assert await schema(fresh_database_url) == stood | {"things by_hand", "things row-level security"}


async def schema(url: str) -> set[str]:
    """What keeps tenants apart in the database, a line each."""
    asked = """
        SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE contype IN ('f', 'u')
        UNION ALL SELECT tablename || ' ' || policyname FROM pg_policies
        UNION ALL SELECT relname || ' row-level security' FROM pg_class WHERE relrowsecurity
    """
    async with await psycopg.AsyncConnection.connect(url) as connection:
        return {row[0] for row in await (await connection.execute(asked)).fetchall()}
