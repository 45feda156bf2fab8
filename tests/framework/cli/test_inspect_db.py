"""`dspex inspect-db`: what it prints, what it writes, and what it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.framework.cli.conftest import Run

TABLES = """
CREATE TABLE item (id serial PRIMARY KEY, name varchar(20) NOT NULL, picture bytea);
CREATE VIEW items_seen AS SELECT id AS item_id, name FROM item;
"""


@pytest.fixture
def _standing(monkeypatch: pytest.MonkeyPatch, fresh_database_url: str, redis_url: str) -> Iterator[None]:
    """A database that somebody else has made."""
    monkeypatch.setenv("DATABASE_URL", fresh_database_url)
    monkeypatch.setenv("REDIS_URL", redis_url)
    with psycopg.connect(fresh_database_url, autocommit=True) as connection:
        connection.execute(TABLES)
        yield


@pytest.mark.usefixtures("_standing")
def test_the_module_is_printed_or_written_and_the_rest_is_told(run: Run, tmp_path: Path) -> None:
    printed = run("inspect-db", "--domain", "shop")
    assert printed.code == 0
    assert "class Item(Resource):" in printed.out
    assert 'SHOP = Domain(\n    "shop",' in printed.out
    assert "left as it stands: item: picture: the type bytea is none of ours" in printed.err
    assert "guessed: items_seen: that `item_id` is the key" in printed.err

    said = run("inspect-db", "--domain", "shop", "--json").json
    assert (said["module"], said["differing"]) == (printed.out, [])
    assert [len(said[word]) for word in ("left", "guessed")] == [1, 1]

    path = tmp_path / "domain.py"
    written = run("inspect-db", "--domain", "shop", "-o", str(path))
    assert (written.code, written.out, path.read_text(encoding="utf-8")) == (0, "", printed.out)
    assert written.err.endswith(f"written: {path}\n")
    path.write_text("mine", encoding="utf-8")
    again = run("inspect-db", "-o", str(path))
    assert (again.code, path.read_text(encoding="utf-8")) == (2, "mine")
    assert f"`{path}` is there already" in again.err


@pytest.mark.usefixtures("_standing")
def test_what_cannot_be_read_is_one_message(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = run("inspect-db", "-o", str(tmp_path / "no" / "domain.py"))
    assert (nowhere.code, nowhere.out) == (2, "")
    assert "There is no folder" in nowhere.err
    for words, says in (
        (("--schema", "nope"), "There is no schema `nope`"),
        (("--schema", "pg_temp"), "There is no schema `pg_temp`"),
        (("--table", "items"), "There is no table `items`"),
        (("--domain", "two words"), "`two words` is no name of a domain"),
    ):
        said = run("inspect-db", *words)
        assert (said.code, said.out) == (2, "")
        assert says in said.err
        assert "Traceback" not in said.err
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    said = run("inspect-db")
    assert (said.code, said.out) == (1, "")
    assert "Traceback" not in said.err
    assert "database" in said.err


@pytest.mark.usefixtures("_standing")
def test_the_domain_that_is_to_be_written_may_be_named_already(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DSPEX_DOMAINS", "not_there_yet:SHOP")
    path = tmp_path / "not_there_yet.py"
    written = run("inspect-db", "--domain", "shop", "-o", str(path))
    assert (written.code, path.is_file()) == (0, True)
    assert "there is no module `not_there_yet`" in run("check").err
