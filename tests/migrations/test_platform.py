"""The platform's own history."""

from __future__ import annotations

import ast
import asyncio
import os
import shutil
import sys
from pathlib import Path

import pytest

from framework.compiler.domain import compile_domain
from framework.sql.migrations.migrations import SHIPPED, Migrations
from resources import PLATFORM
from tests.migrations.test_own_domain import execute


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


async def alembic(*words: str, **variables: str) -> tuple[int | None, list[str], str]:
    """How the command ends in the project's folder, the lines it prints, and what it complains of."""
    inherited = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    process = await asyncio.create_subprocess_exec(
        *[sys.executable, "-m", "alembic", *words],
        cwd=SHIPPED.parents[1],
        env={**inherited, **variables},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    return process.returncode, output.decode().splitlines(), errors.decode()


async def test_the_alembic_command_agrees_and_keeps_its_table_where_it_is_said(platform: Migrations) -> None:
    said = {"DATABASE_URL": platform.url, "DSPEX_VERSION_TABLE": "admin.steps"}
    code, _, errors = await alembic("upgrade", "head", **said)
    assert code == 0, errors
    tables = "to_regclass('admin.steps'), to_regclass('admin.steps_steps'), to_regclass('alembic_version')"
    assert await execute(platform, f"SELECT {tables}") == [("admin.steps", "admin.steps_steps", None)]
    code, lines, _ = await alembic("check", **said)
    assert (code, lines[-1:]) == (0, ["No new upgrade operations detected."])


async def test_the_alembic_command_writes_empty_steps_and_merges(platform: Migrations, tmp_path: Path) -> None:
    await platform.upgrade()
    ini = tmp_path / "alembic.ini"
    versions = tmp_path / "versions"
    shutil.copytree(SHIPPED, versions, ignore=shutil.ignore_patterns("__pycache__"))
    ini.write_text(f"[alembic]\nscript_location = {SHIPPED.parent}\nversion_locations = {versions}\n")
    words = ("-c", str(ini))
    head = next(versions.glob("2026*.py")).read_text().partition('revision = "')[2].partition('"')[0]
    for name in ("one", "two"):
        message = ("-m", name, "--head", head, "--splice")
        code, _, errors = await alembic(*words, "revision", *message, DATABASE_URL=platform.url)
        assert code == 0, errors
    code, _, errors = await alembic(*words, "merge", "heads", "-m", "both", DATABASE_URL=platform.url)
    assert code == 0, errors
    code, _, errors = await alembic(*words, "upgrade", "head", DATABASE_URL=platform.url)
    assert code == 0, errors
    for look in ("history", "heads", "current"):
        code, _, errors = await alembic(*words, look, DATABASE_URL=platform.url)
        assert code == 0, errors
    assert len([*versions.glob("*.py")]) == len([*SHIPPED.glob("*.py")]) + 3


async def test_the_steps_can_be_read_as_sql_without_a_database() -> None:
    code, lines, _ = await alembic("upgrade", "head", "--sql")
    assert (code, lines[0], lines[-2]) == (0, "SET TIME ZONE 'UTC';", "COMMIT;")
    assert "CREATE TABLE projects (" in lines


async def test_a_database_has_to_be_named() -> None:
    code, _, errors = await alembic("current")
    assert (code, errors.splitlines()[-1]) == (1, "framework.errors.Invalid: no database is named")


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("[0-9]*.py")), ids=lambda path: str(path.stem))
def test_a_step_imports_nothing_but_alembic_and_sqlalchemy(path: Path) -> None:
    imported = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert {name.partition(".")[0] for name in imported} <= {"alembic", "sqlalchemy"}
