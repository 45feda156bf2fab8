"""The list of commands, and what becomes of those that cannot be run."""

from __future__ import annotations

import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.framework.cli.conftest import Run


def test_the_help_lists_the_commands_of_the_framework_and_of_the_domain(run: Run, shop: str) -> None:
    said = run("--help")
    assert said.code == 0
    for command in ("up", "api", "worker", "migrate", "revision", "check", "show", "spec", "about", "greet"):
        assert f" {command} " in said.out
    assert "Say that the shop is open." in said.out


@pytest.mark.parametrize("word", ["--help", "--version", "about"])
def test_what_tells_of_all_loads_no_library_that_a_command_needs(word: str) -> None:
    look = (
        f"import sys\nfrom framework.cli.main import main\ntry: main([{word!r}])\n"
        "finally: print(sorted({'sqlalchemy', 'celery', 'fastapi', 'strawberry', 'dspy'} & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines()[-1] == "[]"


def test_the_version_is_told(run: Run) -> None:
    said = run("--version")
    assert (said.code, said.out) == (0, f"dspex {version('dspex')}\n")


def test_versions_and_places_are_told_in_one_go(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSPEX_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("REDIS_URL", "redis://somebody:a-secret@there:7000/3")
    said = run("about", "--json")
    assert said.code == 0
    assert said.json["versions"]["python"].startswith(platform.python_version())
    assert "(PostgreSQL) " in said.json["servers"]["PostgreSQL"]
    assert said.json["servers"]["Redis"] == "at redis://there:7000/3"
    assert said.json["packages"]["dspy"] == version("dspy")
    assert said.json["places"]["data"] == str(tmp_path / "data")
    assert not (tmp_path / "data").exists()
    assert version("dspy") in run("about").out


def test_a_domain_adds_commands(run: Run, shop: str) -> None:
    said = run("greet")
    assert (said.code, said.out) == (0, "open\n")


def test_a_command_that_python_has_a_word_for_is_called_by_that_word(run: Run) -> None:
    assert "Add the examples of a JSON Lines file" in run("import", "--help").out


def test_an_unknown_command_is_a_wrong_use(run: Run, shop: str) -> None:
    said = run("sell")
    assert said.code == 2
    assert "No such command 'sell'" in said.err


def test_a_failure_is_one_message_with_a_way_out_and_no_traceback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSPEX_DOMAINS", "resources:PLATFROM")
    said = run("show")
    assert said.code == 2
    assert said.out == ""
    assert said.err == (
        "DSPEX_DOMAINS `resources:PLATFROM`: `resources` has no `PLATFROM`\n  did you mean `PLATFORM`?\n"
    )


def test_a_failure_is_json_for_programs(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSPEX_PORT", "many")
    said = run("show", "--json")
    assert (said.code, said.err) == (2, "")
    assert said.json["error"]["kind"] == "Invalid"
    assert said.json["error"]["issues"][0]["path"] == ["DSPEX_PORT"]


def test_with_debugging_on_a_failure_shows_where_it_came_from(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSPEX_LOG_LEVEL", "debug")
    with pytest.raises(Exception, match="there is no resource `Itme`"):
        run("show", "Itme")
