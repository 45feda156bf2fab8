"""Every mistake, told at once."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from tests.framework.cli.conftest import SHOP, Run, Write

DOCS = Path(__file__).parents[3] / "docs"
BROKEN = """
from uuid import UUID
from framework import Attr, Create, Domain, Read, Resource, attribute, primary_key

class Item(Resource):
    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute(max_length=80, default=7)
    add = Create(accept=[id, "name"])

SHOP = Domain("shop", [Item])
"""

THEIRS = """

class Theirs(Resource):
    sections = (Table("theirs", managed=False),)
    id: Attr[UUID] = primary_key()
    size: Attr[Size] = attribute()


class Item"""


@pytest.fixture(autouse=True)
def _servers(monkeypatch: pytest.MonkeyPatch, fresh_database_url: str, redis_url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", fresh_database_url)
    monkeypatch.setenv("REDIS_URL", redis_url)


def test_every_mistake_in_the_declarations_is_told_with_its_place(run: Run, write_domain: Write) -> None:
    name = write_domain(BROKEN)
    said = run("check", "--json")
    assert said.code == 1
    problems = said.json["problems"]
    assert [(each["path"], each["line"]) for each in problems] == [("Item.name", 7), ("Item.add.accept", 8)]
    assert all(name in each["file"] for each in problems)
    assert f"{name}/__init__.py:" in run("check").err


def test_a_verb_and_a_command_that_are_not_there_are_told(run: Run, write_domain: Write) -> None:
    write_domain(SHOP.replace("{name}:stock", "{name}:stoc").replace("{name}:greet", "{name}:greed"))
    said = run("check", "--json")
    told = [each["says"].partition("`")[2] for each in said.json["problems"]]
    assert said.code == 1
    assert len(told) == 2
    assert said.json["problems"][0]["hint"] == "did you mean `stock`?"


def test_a_database_that_is_not_as_declared_is_told(run: Run, shop: str) -> None:
    said = run("check", "--json")
    assert said.code == 1
    assert any("items" in difference for difference in said.json["database"])
    assert "dspex migrate" in run("check").err


def test_stored_values_that_do_not_read_are_told_and_old_ones_rewritten(
    run: Run, write_domain: Write, fresh_database_url: str
) -> None:
    source = SHOP.replace("class Item", "class Size(Versioned):\n    width: int\n    depth: int = 1\n\n\nclass Item")
    source = source.replace("    browse", "    size: Attr[Size | None] = attribute()\n    browse")
    source = source.replace("\n\nclass Item", THEIRS).replace("[Item]", "[Item, Theirs]")
    with psycopg.connect(fresh_database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE theirs (id uuid PRIMARY KEY, size jsonb NOT NULL)")
    source = source.replace("extension import SQL", "extension import SQL\nfrom framework.sql.section import Table")
    write_domain(source.replace("attribute, primary_key", "attribute, primary_key, Versioned"))
    assert run("revision", "-m", "begin").code == 0
    assert run("migrate").code == 0
    assert run("check").code == 0
    with psycopg.connect(fresh_database_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO items SELECT gen_random_uuid(), n::text, '{\"width\": 1}' FROM generate_series(1, 3) n"
        )
    said = run("upgrade-documents", "--json")
    assert (said.code, said.json["documents"]) == (
        0,
        [{"resource": "Item", "attribute": "size", "rewritten": 3, "unreadable": 0}],
    )
    assert said.json["left_to_others"] == ["Theirs"]
    with psycopg.connect(fresh_database_url, autocommit=True) as connection:
        connection.execute("UPDATE items SET size = '{}' WHERE name = '2'")
    said = run("check", "--data", "--json")
    (stored,) = said.json["stored"]
    assert (said.code, stored["attribute"], stored["rows"], stored["says"]) == (1, "size", 1, "width: is required")
    assert "`Item.size` does not read in 1 record" in run("check").err
    told = run("upgrade-documents").err
    assert "1 do not read (dspex check --data)" in told
    assert "Theirs: left as it is, in a table of others (managed=False)" in told


def test_what_a_list_of_another_kind_leaves_behind_is_told_until_it_is_rewritten(
    run: Run, write_domain: Write, fresh_database_url: str
) -> None:
    shop = SHOP.replace('after_migrate=[verb("{name}:stock")], ', "")
    numbers = shop.replace("    browse", "    tags: Attr[list[int] | None] = attribute()\n    browse")
    before = write_domain(numbers)
    assert run("revision", "-m", "begin").code == 0
    assert run("migrate").code == 0
    with psycopg.connect(fresh_database_url, autocommit=True) as connection:
        connection.execute("INSERT INTO items VALUES (gen_random_uuid(), 'a', '[1, 2]')")
    write_domain(numbers.replace("list[int]", "list[str]").replace("{name}.migrations", f"{before}.migrations"))
    said = run("revision", "-m", "texts")
    assert "nothing was written" in said.err
    assert "`Item.tags` does not read in 1 record" in said.err
    assert "dspex revision --empty" in said.err
    assert [each["rows"] for each in run("revision", "-m", "texts", "--json").json["stored"]] == [1]
    assert run("check", "--data").code == 1
    step = (DOCS / "migrations.md").read_text().partition("```sql\n")[2].partition("```")[0]
    with psycopg.connect(fresh_database_url, autocommit=True) as connection:
        connection.execute(step.encode())
        assert connection.execute("SELECT tags FROM items").fetchall() == [(["1", "2"],)]
    assert run("check", "--data").code == 0
    # The step that is written for something else says it as well, of what stands as it is declared.
    more = numbers.replace("list[int]", "list[bool]").replace(
        "    tags", "    text: Attr[str | None] = attribute()\n    tags"
    )
    write_domain(more.replace("{name}.migrations", f"{before}.migrations"))
    said = run("revision", "-m", "text")
    assert "written: " in said.err
    assert "`Item.tags` does not read in 1 record" in said.err
