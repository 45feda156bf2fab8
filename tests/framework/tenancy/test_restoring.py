"""What belongs to tenants, brought back: the walls stand, and the role that they hold is made and let in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from framework.cli.backups.backup import backed_up
from framework.cli.backups.restore import brought_back
from framework.cli.declared import Declared
from framework.compiler.domain import compile_domain
from framework.runtime.runtime import Runtime, assemble
from framework.settings import load_settings
from framework.sql.engine import create_tables
from tests.conftest import MakeDatabase
from tests.framework.tenancy.conftest import filled
from tests.framework.tenancy.studio import ACME, OTHER, STUDIO, Project, within

OWNERS = "SELECT DISTINCT organization_id FROM projects"


def at(url: str, redis_url: str, role: str) -> tuple[Declared, Runtime]:
    settings = load_settings(database_url=url, redis_url=redis_url, database_role=role)
    what = Declared(settings, [STUDIO], compile_domain(STUDIO))
    return what, assemble(what.spec, settings, connections=2)


@pytest.fixture
async def role(make_database: MakeDatabase) -> AsyncIterator[tuple[str, str]]:
    """An empty database, and a role that its server does not know; roles outlive databases."""
    url, name = await make_database(), f"dspex_test_{uuid4().hex[:12]}"
    yield url, name
    _, runtime = at(url, "redis://127.0.0.1:1/0", name)
    async with runtime.layer.engine.begin() as connection:
        await connection.execute(sa.text("RESET ROLE"))
        await connection.execute(sa.text(f"DROP OWNED BY {name}"))
        await connection.execute(sa.text(f"DROP ROLE {name}"))
    await runtime.close()


async def test_a_restore_makes_the_role_and_the_walls_hold_it(
    fresh_database_url: str, role: tuple[str, str], clean_redis_url: str, tmp_path: Path
) -> None:
    file, (elsewhere, name) = tmp_path / "studio.backup", role
    what, before = at(fresh_database_url, clean_redis_url, "dspex_application")
    await create_tables(before.layer)
    made = await filled(before.engine)
    await before.close()
    await backed_up(what, fresh_database_url, file)

    what, after = at(elsewhere, clean_redis_url, name)
    await brought_back(what, elsewhere, file)
    for tenant, project in ((ACME, made.mine), (OTHER, made.theirs)):
        session = after.engine.session(within(tenant))
        assert [each.id for each in await session.read(Project.browse)] == [project.id]
        await session.create(Project.begin, {"name": "cellar"})
        # Whoever takes a connection by themselves is in the role, and the wall is all that stands before them.
        async with after.layer.engine.connect() as connection:
            assert await connection.scalar(sa.text("SELECT current_user")) == name
            assert (await connection.execute(sa.text(OWNERS))).all() == []
            await connection.execute(sa.text(f"SET dspex.tenant = '{tenant}'"))
            assert (await connection.scalars(sa.text(OWNERS))).all() == [tenant]
            await connection.execute(sa.text("RESET dspex.tenant"))
    await after.close()
