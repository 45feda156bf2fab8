"""The Makefile's own install step, against an index that has grown since the pins were made."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest

from tests.installation.package_index import Wheel, package_index

ROOT = Path(__file__).parents[2]
# As it was when `make test` broke: a plugin asks for an extra of a pinned package, and that has a new release.
COVER = Wheel("cover", "1.0", requires=["reader; extra == 'toml'"], extras=["toml"])
PLUGIN = Wheel("plugin", "1.0", requires=["cover[toml]>=1.0"])
BASE = Wheel("base", "1.0")
TOOL = Wheel("tool", "1.0", requires=["base"])
READER = Wheel("reader", "1.0")
PINNED = (BASE, TOOL, COVER, PLUGIN, READER)
NEWER = (
    Wheel("base", "1.1"),
    Wheel("cover", "1.1", requires=["reader; extra == 'toml'", "surprise"], extras=["toml"]),
    Wheel("plugin", "2.0", requires=["cover[toml]>=1.1"]),
    Wheel("reader", "1.0.post1"),
    Wheel("surprise", "1.0"),
)
PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "scratch"
version = "1.0"
dependencies = ["tool"]
"""
BACKEND = '''
"""Builds the package without a build tool, of which nothing is to be fetched either."""
from pathlib import Path
from tests_wheel import WHEEL

def build_editable(folder, config_settings=None, metadata_directory=None):
    (Path(folder) / "scratch-1.0-py3-none-any.whl").write_bytes(WHEEL)
    return "scratch-1.0-py3-none-any.whl"

build_wheel = build_editable
'''
# It is on the PATH before any other, says what it was asked for, and cannot do it: then pip has to.
UV = '#!/bin/sh\necho "$@" >> "$UV_ASKED"\nexit 1\n'


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout in which the Makefile has made the environment, with nothing installed yet."""
    folder = tmp_path_factory.mktemp("made")
    shutil.copy(ROOT / "Makefile", folder)
    with package_index((*PINNED, *NEWER)) as index:
        make(folder, index.url, ".venv/made")
    assert index.asked == []
    return folder


@pytest.fixture
def checkout(made: Path, tmp_path: Path) -> Path:
    """A checkout with our Makefile, small lists of its own, and an environment: a copy, as making one takes seconds."""
    folder = shutil.copytree(made, tmp_path, symlinks=True, dirs_exist_ok=True)
    (folder / "pyproject.toml").write_text(PROJECT)
    (folder / "backend.py").write_text(BACKEND)
    (folder / "tests_wheel.py").write_text(f"WHEEL = {Wheel('scratch', '1.0', requires=['tool']).content!r}\n")
    (folder / "requirements").mkdir()
    (folder / "requirements" / "runtime.txt").write_text(BASE.pin + TOOL.pin)
    (folder / "requirements" / "dev.txt").write_text("".join(wheel.pin for wheel in PINNED))
    (folder / "programs").mkdir()
    (folder / "programs" / "uv").write_text(UV)
    (folder / "programs" / "uv").chmod(0o755)
    return folder


def make(checkout: Path, index: str, *targets: str) -> None:
    """Runs the Makefile, with nothing to be had but what the index has."""
    environment = {
        "PATH": f"{checkout / 'programs'}:{os.environ['PATH']}",
        "HOME": str(checkout),
        "UV_ASKED": str(checkout / "uv.asked"),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": index,
        "PIP_NO_CACHE_DIR": "1",
    }
    words = ["make", "-s", f"PYTHON={sys.executable}", *targets]
    ended = subprocess.run(words, cwd=checkout, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def use_pinned_pip(checkout: Path) -> None:
    """Puts the pip of our list in the place of the one that Python brought."""
    (site,) = (checkout / ".venv" / "lib").glob("python*/site-packages")
    for brought in site.glob("pip*"):
        shutil.rmtree(brought)
    pinned = distribution("pip")
    for path in pinned.files or ():
        if path.parts[0].startswith("pip"):
            (site / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(str(pinned.locate_file(path)), site / path)


@pytest.mark.parametrize("pip", ["the one that Python brings", "the pinned one"])
def test_a_release_made_after_the_pins_is_neither_taken_nor_looked_at(pip: str, checkout: Path) -> None:
    with package_index((*PINNED, *NEWER)) as index:
        if pip == "the pinned one":
            use_pinned_pip(checkout)
        make(checkout, index.url, ".venv/runtime", ".venv/dev")

    pages = {path for path in index.asked if path.startswith("/simple/")}
    files = {path.removeprefix("/files/") for path in index.asked if path.startswith("/files/")}
    assert files == {wheel.file for wheel in PINNED}
    assert pages == {f"/simple/{wheel.name}/" for wheel in PINNED}
    (site,) = (checkout / ".venv" / "lib").glob("python*/site-packages")
    installed = {path.name.removesuffix(".dist-info") for path in site.glob("*.dist-info")}
    assert {name for name in installed if not name.startswith(("pip-", "setuptools-"))} == {
        *(f"{wheel.name}-{wheel.version}" for wheel in PINNED),
        "scratch-1.0",
    }


def test_uv_is_asked_for_the_same_files_and_to_resolve_nothing(checkout: Path) -> None:
    with package_index((*PINNED, *NEWER)) as index:
        make(checkout, index.url, ".venv/dev")
    runtime, itself, dev = (checkout / "uv.asked").read_text().splitlines()
    assert runtime.endswith("--require-hashes --no-deps -r requirements/runtime.txt")
    assert itself.endswith("--no-deps --no-build-isolation -e .")
    assert dev.endswith("--require-hashes --no-deps -r requirements/dev.txt")
    assert {line.split(" -q ")[0] for line in (runtime, itself, dev)} == {"pip install"}


def test_a_list_that_lacks_what_one_of_it_needs_stops_the_installation(checkout: Path) -> None:
    (checkout / "requirements" / "runtime.txt").write_text(TOOL.pin)
    with (
        package_index(PINNED) as index,
        pytest.raises(AssertionError, match=r"tool 1\.0 requires base, which is not installed"),
    ):
        make(checkout, index.url, ".venv/runtime")
