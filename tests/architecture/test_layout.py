"""What lies at the top of the project, and what lies in no file of it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

from tests.conftest import BEGUN_FIRST

TOP = {
    *("framework", "resources", "api", "workers", "migrations", "tests", "docs", "examples", "requirements"),
    *("pyproject.toml", "alembic.ini", "README.md", "Makefile", "LICENSE", "CHANGELOG.md"),
}
MADE = {"build", "dist", "__pycache__"}
# Put together here, so that this file does not name them either.
REGISTRIES = ["py" + "pi.org", "python" + "hosted.org", "registry.npm" + "js.org", "conda.ana" + "conda.org"]
SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA(?!ABCDEFGH)[0-9A-Z]{16}\b|\bghp_(?!abcdefgh)[A-Za-z0-9]{36}\b"
    r"|\bsk-(?:proj-|ant-)?(?!proj-abcdefgh)[A-Za-z0-9]{32,}\b"
)

Texts = Sequence[tuple[str, str]]


def test_nothing_unexpected_lies_at_the_top(root: Path) -> None:
    names = {path.name for path in root.iterdir() if not path.name.startswith(".")}
    assert {name for name in names - TOP - MADE if not name.endswith(".egg-info")} == set()


def test_what_is_begun_first_is_there(root: Path) -> None:
    assert [name for name in BEGUN_FIRST if not (root / "tests" / name).exists()] == []


def test_no_file_names_a_place_to_download_packages_from(texts: Texts) -> None:
    assert [f"{path}: {host}" for path, text in texts for host in REGISTRIES if host in text] == []


def test_no_file_holds_a_secret(texts: Texts) -> None:
    assert [path for path, text in texts if SECRETS.search(text)] == []


def test_every_pin_has_a_hash_and_no_address(root: Path) -> None:
    for name in ("runtime.txt", "dev.txt"):
        text = (root / "requirements" / name).read_text()
        assert "://" not in text
        assert not re.search(r"^\s*-(?:i|f|-\S*(?:index|find-links))\b", text, re.MULTILINE)
        assert [entry for entry in entries(text) if "==" not in entry or "--hash=sha256:" not in entry] == []


def test_the_tests_run_on_the_very_versions_that_ship(root: Path) -> None:
    runtime, dev = ((root / "requirements" / name).read_text() for name in ("runtime.txt", "dev.txt"))
    assert {pin_of(each) for each in entries(runtime)} - {pin_of(each) for each in entries(dev)} == set()


def test_every_dependency_is_pinned(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    for file, wanted in (
        ("runtime.txt", project["dependencies"]),
        ("dev.txt", [*project["dependencies"], *project["optional-dependencies"]["dev"]]),
    ):
        pinned = {name_of(entry) for entry in entries((root / "requirements" / file).read_text())}
        assert {name_of(each) for each in wanted} - pinned == set()


def entries(text: str) -> list[str]:
    """Each requirement with its hashes on one line."""
    joined = text.replace("\\\n", " ")
    return [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]


def pin_of(entry: str) -> str:
    """The name with its version, without the platforms it is for."""
    return entry.partition("--hash")[0].partition(";")[0].strip()


def name_of(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found is not None
    return re.sub(r"[-_.]+", "-", found[0]).lower()
