"""The way from a declaration to its tables, on the command line, for a domain outside of this project."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from tests.framework.cli.conftest import SHOP, Run, Write


@pytest.fixture(autouse=True)
def _servers(monkeypatch: pytest.MonkeyPatch, fresh_database_url: str, redis_url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", fresh_database_url)
    monkeypatch.setenv("REDIS_URL", redis_url)


def test_a_domain_keeps_its_own_migrations(run: Run, shop: str, tmp_path: Path, fresh_database_url: str) -> None:
    written = Path(run("revision", "-m", "items", "--json").json["written"])
    assert written.parent == tmp_path / shop / "migrations"

    migrated = run("migrate", "--json").json
    assert len(migrated["steps"]) == 1
    assert migrated["after_migrate"] == [f"{shop}:stock"]
    with psycopg.connect(fresh_database_url) as connection:
        assert connection.execute("SELECT name FROM items").fetchall() == [("a spoon",)]

    assert run("check").err == "everything declared is sound, and the database is as declared\n"
    assert run("revision", "-m", "nothing").err == "nothing has changed, so nothing was written\n"
    assert "the tables stand as declared" in run("migrate").err


@pytest.mark.parametrize("command", ["migrate", "check"])
def test_a_database_of_another_version_is_refused(command: str, run: Run, shop: str, fresh_database_url: str) -> None:
    run("revision", "-m", "items")
    run("migrate")
    with psycopg.connect(fresh_database_url, autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'abc123'")
    said = run(command)
    assert said.code == 2
    assert "he database stands at the step `abc123`, which is none of those here" in said.err
    assert "begin with an empty database" in said.err


def test_a_domain_without_a_log_is_told_what_it_lacks(run: Run, write_domain: Write) -> None:
    write_domain(SHOP.replace("[EVENTS, JOBS, SQL]", "[SQL]"))
    run("revision", "-m", "items")
    said = run("migrate")
    assert said.code == 2
    assert said.err.splitlines() == [
        "The domain `shop` has no Event and no Job, which every process needs",
        "  list the extensions EVENTS and JOBS in it",
    ]


def test_a_domain_that_keeps_no_migrations_is_told_how_to(run: Run, write_domain: Write) -> None:
    write_domain(SHOP.replace('migrations="{name}.migrations",', ""))
    said = run("revision", "-m", "items")
    assert said.code == 2
    assert 'migrations="shop.migrations"' in said.err
