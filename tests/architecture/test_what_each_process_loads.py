"""What stands in memory after an import, asked of a fresh interpreter: by name, never by time."""

from __future__ import annotations

import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"sqlalchemy", "strawberry", "fastapi", "celery", "dspy"}


def loaded_by(root: Path, statement: str) -> set[str]:
    """The heavy libraries that are loaded when the statement has run."""
    script = f"import json, sys; {statement}; print(json.dumps(sorted({HEAVY!r} & sys.modules.keys())))"
    result = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return set(json.loads(result.stdout.splitlines()[-1]))


def everything_in(root: Path, package: str) -> str:
    """A statement that imports every module of the package, those that are run and not imported left out."""
    found = pkgutil.walk_packages([str(root / package)], prefix=f"{package}.")
    names = [package, *(each.name for each in found if not each.name.endswith("__main__"))]
    return "import " + ", ".join(names)


def test_declaring_loads_none_of_the_heavy_libraries(root: Path) -> None:
    assert loaded_by(root, "import framework, resources") == set()


@pytest.mark.parametrize("package", ["framework.declare", "framework.spec", "framework.embedded", "framework.cli.main"])
def test_neither_do_the_parts_that_every_command_starts_with(root: Path, package: str) -> None:
    assert loaded_by(root, f"import {package}") == set()


def test_the_api_never_loads_dspy(root: Path) -> None:
    assert "dspy" not in loaded_by(root, everything_in(root, "api"))


def test_a_worker_never_loads_a_web_framework(root: Path) -> None:
    assert loaded_by(root, everything_in(root, "workers")) & {"fastapi", "strawberry"} == set()
