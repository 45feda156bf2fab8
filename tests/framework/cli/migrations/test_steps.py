"""The commands about steps, on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.framework.cli.conftest import Run


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
    assert f"✓ {step['revision']} items. (head)" in run("history").err
    assert step["revision"] in run("heads").err
    assert run("downgrade", "--json").json == {"taken_back": [step["revision"]]}
    assert run("downgrade", "base").err == "there was nothing to take back\n"
    assert run("stamp", "heads", "--json").json == {"taken": [step["revision"]]}
    assert "1 steps count as taken" in run("stamp", "heads").err
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
