"""The way from a declaration to its tables, on the command line, for a domain outside of this project."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import sys
import threading
from pathlib import Path

import psycopg
import pytest

from framework.actions.verb import load_verb
from framework.cli.declared import declared
from framework.cli.migrations.migrate import bring_up
from framework.errors import Invalid
from framework.settings import load_settings
from tests.framework.cli.conftest import SHOP, Run, Write
from workers.worker_runtime import WorkerRuntime


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
    assert "the tables stand as the steps say" in run("migrate").err


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


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_says_what_stays(run: Run, shop: str, fresh_database_url: str, by: signal.Signals) -> None:
    run("revision", "-m", "items")
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'relation'"

    def interrupt() -> None:
        with psycopg.connect(fresh_database_url, autocommit=True) as looking:
            while looking.execute(waiting).fetchone() != (1,):
                pass
            os.kill(os.getpid(), by)

    with psycopg.connect(fresh_database_url) as other:
        other.execute("LOCK TABLE alembic_version")
        thread = threading.Thread(target=interrupt)
        thread.start()
        said = run("migrate")
        thread.join()
    assert (said.code, said.err.partition(";")[0]) == (128 + by, "Interrupted before a step was begun")
    assert "nothing is lost: the same again goes on" in said.err
    assert "1 step carried out" in run("migrate").err


class Terminal(io.StringIO):
    """What somebody types, who sits at a terminal."""

    def isatty(self) -> bool:
        return True


def declared_anew(shop: str, tmp_path: Path, *changes: tuple[str, str]) -> None:
    """The shop's module with something in it replaced, to be read again."""
    file = tmp_path / shop / "__init__.py"
    text = file.read_text()
    for old, new in changes:
        text = text.replace(old, new)
    file.write_text(text)
    for module in [name for name in sys.modules if name.partition(".")[0] == shop]:
        del sys.modules[module]
    load_verb.cache_clear()


def renamed(shop: str, tmp_path: Path) -> None:
    """The shop sells the same under another name."""
    other = ("Item", "Article"), ("name: Attr", "title: Attr"), ("accept=[name]", "accept=[title]")
    declared_anew(shop, tmp_path, *other, ('{"name"', '{"title"'))


def test_a_database_without_steps_is_told_to_write_one(run: Run, write_domain: Write) -> None:
    write_domain(SHOP.replace('after_migrate=[verb("{name}:stock")], ', ""))
    assert run("migrate").err == "there is no step yet: write one, dspex revision -m …\n"


def test_a_new_name_is_offered_once(run: Run, shop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    two = "    first: Attr[int | None] = attribute()\n    second: Attr[int | None] = attribute()\n    browse"
    declared_anew(shop, tmp_path, ("    browse", two))
    run("revision", "-m", "two")
    run("migrate")
    declared_anew(shop, tmp_path, (two, "    mark: Attr[int | None] = attribute()\n    browse"))
    monkeypatch.setattr("sys.stdin", Terminal("y\ny\n"))
    said = run("revision", "-m", "one")
    assert "written:" in said.err
    assert "Is mark what was items.first?" in said.err
    assert "Drop items.second" in said.err


def test_what_would_be_lost_is_refused_with_the_ways_out(run: Run, shop: str, tmp_path: Path) -> None:
    run("revision", "-m", "items")
    run("migrate")
    renamed(shop, tmp_path)
    said = run("revision", "-m", "articles")
    assert said.code == 2
    assert "`items` is no longer declared, and dropping it loses what 1 record of this database hold" in said.err
    assert "say --rename items=… if it has another name now, or --drop items if it is to go" in said.err
    told = run("revision", "-m", "articles", "--json").json
    assert told["error"]["issues"][0]["params"]["rows"] == 1


def test_what_was_renamed_is_said_with_the_command(
    run: Run, shop: str, tmp_path: Path, fresh_database_url: str
) -> None:
    run("revision", "-m", "items")
    run("migrate")
    renamed(shop, tmp_path)
    assert run("revision", "-m", "articles", "--rename", "Item=Article", "--rename", "Article.name=title").code == 0
    run("migrate")
    with psycopg.connect(fresh_database_url) as connection:
        assert connection.execute("SELECT title FROM articles ORDER BY id").fetchone() == ("a spoon",)


def test_whoever_sits_at_a_terminal_is_asked(
    run: Run, shop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("revision", "-m", "items")
    run("migrate")
    declared_anew(shop, tmp_path, ("    browse", "    size: Attr[int | None] = attribute()\n    browse"))
    run("revision", "-m", "sizes")
    run("migrate")
    declared_anew(shop, tmp_path, ("size", "width"))
    monkeypatch.setattr("sys.stdin", Terminal("n\nn\n"))
    said = run("revision", "-m", "widths")
    assert said.code == 2
    assert "Is width what was items.size?" in said.err
    assert "Drop items.size, with what 0 records hold?" in said.err
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    assert "written:" in run("revision", "-m", "widths").err
    run("migrate")
    assert run("check").code == 0


LACKS = [
    "The domain `shop` has no Event and no Job, which every process needs",
    "  list the extensions EVENTS and JOBS in it",
]


def test_what_follows_the_steps_is_refused_before_them_where_it_cannot_be(run: Run, write_domain: Write) -> None:
    write_domain(SHOP.replace("[EVENTS, JOBS, SQL]", "[SQL]"))
    run("revision", "-m", "items")
    for _ in range(2):
        said = run("migrate")
        assert (said.code, said.err.splitlines()) == (2, LACKS)
        assert [step["taken"] for step in run("history", "--json").json["steps"]] == [False]


def test_a_domain_without_a_log_is_migrated_and_no_process_begins(run: Run, write_domain: Write) -> None:
    write_domain(SHOP.replace("[EVENTS, JOBS, SQL]", "[SQL]").replace('after_migrate=[verb("{name}:stock")], ', ""))
    run("revision", "-m", "items")
    with pytest.raises(Invalid, match="has no Event and no Job"):
        asyncio.run(bring_up(declared(), load_settings()))
    with pytest.raises(Invalid, match="has no Event and no Job"):
        WorkerRuntime(declared().spec, load_settings())
    said = run("migrate")
    assert (said.code, "1 step carried out" in said.err) == (0, True)
    assert run("check").code == 0
    assert "the tables stand as the steps say" in run("migrate").err


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("version_table", ["alembic_version", "kept.steps"])
def test_the_sql_of_what_waits_runs_where_it_was_asked_for(
    run: Run, fresh_database_url: str, monkeypatch: pytest.MonkeyPatch, version_table: str
) -> None:
    monkeypatch.setenv("DSPEX_VERSION_TABLE", version_table)
    run("revision", "-m", "items")
    stands = "SELECT oid::regclass FROM pg_class WHERE relnamespace::regnamespace::text !~ '^pg_' ORDER BY oid"
    for _ in ("nothing stands", "the version table alone stands, after the way back"):
        with psycopg.connect(fresh_database_url, autocommit=True) as connection:
            before = connection.execute(stands).fetchall()
            script = run("migrate", "--sql").out
            assert connection.execute(stands).fetchall() == before
            # As psql has it with ON_ERROR_STOP: it goes on after nothing that fails.
            connection.execute(script.encode())
        assert run("check").code == 0
        assert run("downgrade", "base").code == 0


@pytest.mark.usefixtures("shop")
def test_looking_at_an_empty_database_leaves_it_empty(
    run: Run, fresh_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DSPEX_VERSION_TABLE", "kept.steps")
    for words in (["check"], ["history"], ["heads"], ["migrate", "--sql"]):
        run(*words)
    with psycopg.connect(fresh_database_url) as connection:
        made = "SELECT 1 FROM pg_tables WHERE schemaname !~ '^(pg_|information_schema)'"
        assert connection.execute(made).fetchall() == []
        assert connection.execute("SELECT to_regnamespace('kept')").fetchone() == (None,)


def test_a_domain_that_keeps_no_migrations_is_told_how_to(run: Run, write_domain: Write) -> None:
    write_domain(SHOP.replace('migrations="{name}.migrations",', ""))
    said = run("revision", "-m", "items")
    assert said.code == 2
    assert 'migrations="shop.migrations"' in said.err
