"""mypy and pyright, run over what authors write: they accept the good, and find every mistake in the bad."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Checker = Callable[[Path], set[tuple[int, str]]]
HERE = Path(__file__).parent
ROOT = HERE.parent.parent


def mypy(file: Path) -> set[tuple[int, str]]:
    """The lines that mypy objects to, with what it says."""
    command = ["-m", "mypy", "--strict", "--output=json", "--no-incremental", "--follow-imports=silent", str(file)]
    said = run(command, accepted=(0, 1))
    found = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    return {(item["line"], item["message"]) for item in found if item["severity"] == "error"}


def pyright(file: Path) -> set[tuple[int, str]]:
    """The lines that pyright objects to, with what it says."""
    said = json.loads(run(["-m", "pyright", "--outputjson", str(file)], accepted=(0, 1)))
    return {
        (item["range"]["start"]["line"] + 1, item["message"])
        for item in said["generalDiagnostics"]
        if item["severity"] == "error"
    }


def run(command: list[str], *, accepted: tuple[int, ...]) -> str:
    """What a checker prints; its own failure is the test's."""
    ran = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode in accepted, ran.stderr + ran.stdout
    return ran.stdout


def planted(file: Path) -> list[int]:
    """The lines that hold a mistake on purpose."""
    return [number for number, line in enumerate(file.read_text().splitlines(), 1) if line.endswith("# planted")]


@pytest.mark.parametrize("checker", [mypy, pyright])
def test_what_authors_write_has_exactly_the_types_it_seems_to_have(checker: Checker) -> None:
    assert checker(HERE / "good.py") == set()


@pytest.mark.parametrize("checker", [mypy, pyright])
def test_every_planted_mistake_is_found_and_nothing_else(checker: Checker) -> None:
    found = checker(HERE / "bad.py")
    assert sorted({line for line, _ in found}) == planted(HERE / "bad.py"), sorted(found)
