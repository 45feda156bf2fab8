"""The application's role is made by whoever owns the tables, and they need not be a superuser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest

from framework import Invalid, Unavailable, compile_domain
from framework.actions.engine import Engine
from framework.sql.engine import open_layer
from framework.sql.migrations.migrations import Migrations
from tests.framework.tenancy.conftest import filled
from tests.framework.tenancy.studio import ACME, OTHER, STUDIO, Project, within


@pytest.fixture
async def owner(fresh_database_url: str) -> AsyncIterator[str]:
    """Somebody who owns a database and may make roles, and nothing else."""
    name = f"owner_{uuid4().hex[:8]}"
    database = urlsplit(fresh_database_url).path.lstrip("/")
    async with await psycopg.AsyncConnection.connect(fresh_database_url, autocommit=True) as connection:
        await connection.execute(f"CREATE ROLE {name} LOGIN CREATEROLE")
        await connection.execute(f"GRANT ALL ON DATABASE {database} TO {name}")
        await connection.execute(f"GRANT ALL ON SCHEMA public TO {name} WITH GRANT OPTION")
        yield name
        await connection.execute(f"DROP OWNED BY {name} CASCADE")
        for role in (f"{name}_app", name):
            await connection.execute(f"DROP ROLE IF EXISTS {role}")


def as_user(url: str, name: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{name}@{parts.netloc.rpartition('@')[2]}"))


async def test_an_owner_makes_the_role_and_acts_by_it(fresh_database_url: str, owner: str, tmp_path: Path) -> None:
    domain, url, role = compile_domain(STUDIO), as_user(fresh_database_url, owner), f"{owner}_app"
    migrations = Migrations(domain, url, {"studio": tmp_path}, role=role)
    await migrations.revision("studio")
    await migrations.upgrade()
    async with open_layer(domain, url, role=role) as layer:
        studio = await filled(Engine(domain, layer))
        assert [each["organization_id"] for each in await studio.acme.read(Project.browse)] == [ACME]
        assert {each["organization_id"] for each in await studio.system.read(Project.browse)} == {ACME, OTHER}
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as raw:
        await raw.execute(f"SET ROLE {role}")
        count = "SELECT count(*) FROM projects"
        assert await (await raw.execute(count)).fetchone() == (0,)
        await raw.execute(f"SET dspex.tenant = '{ACME}'")
        assert await (await raw.execute(count)).fetchone() == (1,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await raw.execute("ALTER TABLE projects DISABLE ROW LEVEL SECURITY")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await raw.execute("TRUNCATE projects")
    await migrations.downgrade("base")


async def test_an_owner_who_may_not_give_the_role_is_told_what_to_do(
    fresh_database_url: str, owner: str, tmp_path: Path
) -> None:
    async with await psycopg.AsyncConnection.connect(fresh_database_url, autocommit=True) as connection:
        await connection.execute(f"ALTER ROLE {owner} NOCREATEROLE")
    migrations = Migrations(
        compile_domain(STUDIO), as_user(fresh_database_url, owner), {"studio": tmp_path}, role=f"{owner}_app"
    )
    await migrations.revision("studio")
    with pytest.raises(Invalid) as refused:
        await migrations.upgrade()
    (issue,) = refused.value.issues
    assert (issue.code, issue.path) == ("no_application_role", ("DSPEX_DATABASE_ROLE",))
    assert f"GRANT {owner}_app TO" in str(issue.hint)


async def test_a_schema_that_the_owner_may_not_let_the_role_use_is_told(
    fresh_database_url: str, owner: str, tmp_path: Path
) -> None:
    async with await psycopg.AsyncConnection.connect(fresh_database_url, autocommit=True) as connection:
        await connection.execute("REVOKE USAGE ON SCHEMA public FROM PUBLIC")
        await connection.execute(f"REVOKE GRANT OPTION FOR ALL ON SCHEMA public FROM {owner}")
    migrations = Migrations(
        compile_domain(STUDIO), as_user(fresh_database_url, owner), {"studio": tmp_path}, role=f"{owner}_app"
    )
    await migrations.revision("studio")
    with pytest.raises(Invalid) as refused:
        await migrations.upgrade()
    (issue,) = refused.value.issues
    assert issue.code == "no_application_role"
    assert issue.hint == f"have somebody who may run: GRANT USAGE ON SCHEMA public TO {owner}_app"


async def test_a_role_that_is_not_there_is_told_as_such(fresh_database_url: str, tmp_path: Path) -> None:
    domain = compile_domain(STUDIO)
    migrations = Migrations(domain, fresh_database_url, {"studio": tmp_path})
    await migrations.revision("studio")
    await migrations.upgrade()
    async with open_layer(domain, fresh_database_url, role="nobody_made_it") as layer:
        session = Engine(domain, layer).session(within(ACME))
        with pytest.raises(Unavailable) as refused:
            await session.read(Project.browse)
    assert [issue.code for issue in refused.value.issues] == ["no_application_role"]
