"""Tables of tenants are made, found as they are declared, and unmade."""

from __future__ import annotations

from pathlib import Path

import psycopg

from framework import compile_domain
from framework.sql.migrations.migrations import Migrations
from tests.framework.tenancy.studio import STUDIO

FOREIGN_KEYS = """
    SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE contype = 'f' AND conrelid = 'tasks'::regclass ORDER BY conname
"""


async def test_keys_between_tenants_are_refused_by_foreign_keys_that_carry_the_tenant(
    fresh_database_url: str, tmp_path: Path
) -> None:
    migrations = Migrations(compile_domain(STUDIO), fresh_database_url, {"studio": tmp_path})
    assert await migrations.revision("studio") is not None
    await migrations.upgrade()
    assert await migrations.revision("nothing more") is None
    async with await psycopg.AsyncConnection.connect(fresh_database_url) as connection:
        found = await (await connection.execute(FOREIGN_KEYS)).fetchall()
    assert [definition for _, definition in found] == [
        "FOREIGN KEY (after_id, organization_id) REFERENCES tasks(id, organization_id) ON DELETE SET NULL (after_id)",
        "FOREIGN KEY (project_id, organization_id) REFERENCES projects(id, organization_id) ON DELETE CASCADE",
    ]
    await migrations.downgrade("base")
