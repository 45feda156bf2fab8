"""The platform's own history."""

from __future__ import annotations

import ast
import asyncio
import os
import sys
from pathlib import Path

import pytest

from framework.compiler.domain import compile_domain
from framework.sql.migrate import SHIPPED, Migrations
from resources import PLATFORM


@pytest.fixture
def platform(fresh_database_url: str) -> Migrations:
    """The platform's migrations, in an empty database."""
    return Migrations(compile_domain(PLATFORM), fresh_database_url)


async def test_the_steps_lead_to_what_is_declared_and_back(platform: Migrations) -> None:
    await platform.upgrade()
    assert await platform.check() == []
    await platform.downgrade("base")
    await platform.upgrade()
    assert await platform.check() == []


async def test_the_alembic_command_agrees(platform: Migrations) -> None:
    await platform.upgrade()
    environment = {**os.environ, "DATABASE_URL": platform.url}
    command = [sys.executable, "-m", "alembic", "check"]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=SHIPPED.parents[1], env=environment, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    assert (process.returncode, output.decode().splitlines()[-1:]) == (0, ["No new upgrade operations detected."])


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("[0-9]*.py")), ids=lambda path: str(path.stem))
def test_a_step_imports_nothing_but_alembic_and_sqlalchemy(path: Path) -> None:
    imported = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert {name.partition(".")[0] for name in imported} <= {"alembic", "sqlalchemy"}
