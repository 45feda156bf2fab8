"""The commands about steps, on the command line."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import psycopg
import pytest

from tests.framework.cli.conftest import SHOP, Run, Write


@pytest.fixture(autouse=True)
def _servers(monkeypatch: pytest.MonkeyPatch, fresh_database_url: str, redis_url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", fresh_database_url)
    monkeypatch.setenv("REDIS_URL", redis_url)


@pytest.mark.usefixtures("shop")
def test_steps_are_told_taken_back_and_written_down(run: Run) -> None:
    assert run("heads", "--json").json == {"heads": []}
    run("revision", "-m", "items")
    sql = run("migrate", "--sql").out
    assert "CREATE TABLE items" in sql
    assert [step["taken"] for step in run("history", "--json").json["steps"]] == [False]
    run("migrate")
    (step,) = run("history", "--json").json["steps"]
    assert (step["taken"], step["head"]) == (True, True)
    assert f"✓ {step['revision']} shop: items. (head)" in run("history").err
    assert step["revision"] in run("heads").err
    assert run("downgrade", "--json").json == {"taken_back": [step["revision"]]}
    assert run("downgrade", "base").err == "there was nothing to take back\n"
    assert run("stamp", "heads", "--json").json == {"taken": [step["revision"]]}
    assert "1 step counts as taken" in run("stamp", "heads").err
    assert run("merge").err == "there is one head, so there is nothing to merge\n"
    said = run("revision", "-m", "by hand", "--empty", "--json").json
    assert said["notes"] == []
    with Path(said["written"]).open("a", encoding="utf-8") as file:
        file.write('\nirreversible = "it was said"\n')
    assert "irreversible: it was said" in run("history").err


@pytest.mark.usefixtures("shop")
def test_words_that_contradict_each_other_are_refused(run: Run) -> None:
    for words in (("migrate", "--sql", "--json"), ("revision", "-m", "x", "--empty", "--drop", "Item")):
        said = run(*words)
        assert said.code == 2
        assert "leave out" in said.err + said.out


@pytest.mark.usefixtures("shop")
def test_a_step_that_is_not_there_is_refused(run: Run) -> None:
    run("revision", "-m", "items")
    for words in (("downgrade", "nope"), ("stamp", "nope")):
        said = run(*words)
        assert said.code == 2
        assert "nope" in said.err


class Terminal(StringIO):
    """Somebody who types."""

    def isatty(self) -> bool:
        return True


BEFORE = """
    low: Attr[int] = attribute(ge=0, default=0)
    high: Attr[int] = attribute(le=90, default=0)
    kind: Attr[Literal["small", "large"]] = attribute(default="small")
    note: Attr[str | None] = attribute()
"""
AFTER = """
    high: Attr[int] = attribute(ge=0, default=0)
    low: Attr[int] = attribute(le=90, default=0)
    kind: Attr[Literal["small", "big"]] = attribute(default="small")
"""


def test_whoever_sits_at_a_terminal_is_asked(
    run: Run, write_domain: Write, monkeypatch: pytest.MonkeyPatch, fresh_database_url: str
) -> None:
    source = SHOP.replace("from uuid", "from typing import Literal\nfrom uuid").replace(
        'after_migrate=[verb("{name}:stock")], ', ""
    )
    before = write_domain(source.replace("    browse", f"{BEFORE}    browse"))
    assert run("revision", "-m", "begin").code == 0
    assert run("migrate").code == 0
    with psycopg.connect(fresh_database_url, autocommit=True) as connection:
        connection.execute("INSERT INTO items VALUES (gen_random_uuid(), 'a', 1, 50, 'large', 'x')")
    after = write_domain(
        source.replace("    browse", f"{AFTER}    browse").replace("{name}.migrations", f"{before}.migrations")
    )
    assert after != before
    monkeypatch.setattr("sys.stdin", Terminal("n\n"))
    refused = run("revision", "-m", "other")
    assert refused.code == 1
    monkeypatch.setattr("sys.stdin", Terminal("y\ny\ny\n"))
    said = run("revision", "-m", "other")
    assert said.code == 0
    for words in (
        "Drop items.note, with what 1 records hold?",
        "Is big what was items.kind.large?",
        "exchange their names?",
    ):
        assert words in said.err + said.out
    assert "`items.note` is dropped" in said.err
    assert run("migrate").code == 0
    with psycopg.connect(fresh_database_url) as connection:
        assert connection.execute("SELECT low, high, kind FROM items").fetchall() == [(50, 1, "big")]
