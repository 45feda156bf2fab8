"""A step in two, on the command line: the new version takes the expand, and the old one goes on beside it."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import psycopg
import pytest

from framework.cli.declared import declared
from framework.cli.migrations.migrate import bring_up
from framework.settings import load_settings
from tests.framework.cli.conftest import SHOP, Run, Write

LABELLED = {
    "name: Attr[str] = attribute(": 'label: Attr[str] = attribute(renamed_from="name", ',
    "accept=[name]": "accept=[label]",
    '{"name"': '{"label"',
}
AHEAD = "(an expand that this code runs beside); nothing to do"


@pytest.fixture(autouse=True)
def _servers(monkeypatch: pytest.MonkeyPatch, fresh_database_url: str, redis_url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", fresh_database_url)
    monkeypatch.setenv("REDIS_URL", redis_url)


def test_the_old_version_goes_on_beside_an_expand_and_not_beside_a_contract(
    run: Run, write_domain: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = write_domain(SHOP)
    assert run("revision", "-m", "items").code == 0
    assert run("migrate").code == 0
    source = SHOP
    for before, after in LABELLED.items():
        source = source.replace(before, after)
    new = write_domain(source)
    shutil.copytree(tmp_path / old / "migrations", tmp_path / new / "migrations")
    told = run("revision", "-m", "labels", "--split", "--online", "--json").json
    assert told["notes"] == ["the step is online, as asked for"] * 2
    texts = [Path(step["path"]).read_text() for step in told["steps"]]
    assert [("expands = True" in text, "contracts = True" in text) for text in texts] == [(True, False), (False, True)]
    expanded = run("migrate", "--expand", "--json").json
    assert [step.partition(": ")[2] for step in expanded["steps"]] == ["labels."]
    assert run("migrate", "--expand").err.endswith("the tables stand as the steps say\n")

    monkeypatch.setenv("DSPEX_DOMAINS", f"{old}:SHOP")
    told = run("migrate", "--json").json
    assert (told["steps"], told["after_migrate"], len(told["ahead"])) == ([], [], 1)
    for said in (run("migrate").err, run("migrate", "--sql").err, asyncio.run(bring_up(declared(), load_settings()))):
        assert AHEAD in said
    with psycopg.connect(str(load_settings().database_url)) as connection:
        # Once by the old version, and by the new one at each of its two migrations; never beside the expand.
        assert connection.execute("SELECT name, label FROM items").fetchall() == [("a spoon", "a spoon")] * 3

    monkeypatch.setenv("DSPEX_DOMAINS", f"{new}:SHOP")
    assert [step.partition(": ")[2] for step in run("migrate", "--json").json["steps"]] == ["labels, contract."]
    assert run("check").code == 0
    monkeypatch.setenv("DSPEX_DOMAINS", f"{old}:SHOP")
    refused = run("migrate")
    assert (refused.code, "is none of those here" in refused.err) == (2, True)


@pytest.mark.usefixtures("shop")
def test_what_an_expand_does_is_not_told_as_sql(run: Run) -> None:
    said = run("migrate", "--sql", "--expand")
    assert said.code == 2
    assert "leave out --expand" in said.err
