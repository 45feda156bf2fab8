"""The source files, parsed, for the tests of what holds for all of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("framework", "resources", "api", "workers", "migrations")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Module:
    """One file of ours."""

    name: str
    path: str
    text: str
    tree: ast.Module

    @property
    def lines(self) -> int:
        """How long it is, blank lines and comments included."""
        return len(self.text.splitlines())

    def functions(self) -> Iterator[Function]:
        """Every function, methods and inner ones too."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node

    def imports(self) -> Iterator[tuple[ast.stmt, str]]:
        """Every import statement with each name it may load: `a.b` and `a.b.c` for `from a.b import c`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node, node.module
                yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)


def _read(file: Path) -> Module:
    path = file.relative_to(ROOT)
    parts = path.with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    text = file.read_text()
    return Module(name, str(path), text, ast.parse(text))


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the whole project."""
    return ROOT


@pytest.fixture(scope="session")
def modules() -> Sequence[Module]:
    """Every module that ships, except for migrations that were written once and stay as they are."""
    files = [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]
    return [_read(file) for file in files if "migrations/versions" not in file.as_posix()]


@pytest.fixture(scope="session")
def texts() -> Sequence[tuple[str, str]]:
    """Every text file of the project, with its path; not what was installed, built or kept for the next run."""
    found = []
    for file in sorted(ROOT.rglob("*")):
        parts = file.relative_to(ROOT).parts
        made = any(part in {"__pycache__", "build", "dist"} or part.endswith(".egg-info") for part in parts)
        hidden = parts[0].startswith(".") and parts[0] not in {".ci", ".gitignore", ".github"}
        if file.is_file() and not made and not hidden:
            try:
                found.append((file.relative_to(ROOT).as_posix(), file.read_text()))
            except UnicodeDecodeError:
                continue
    return found
