"""The package built, and installed where nothing of the checkout is found; and the project of docs/library.md there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from framework.testing.until import PATIENCE
from tests.readme.blocks import ROOT, blocks_of

PACKAGES = ("framework", "resources", "api", "workers", "migrations", "examples")
SOURCE = (*PACKAGES, "requirements", "pyproject.toml", "README.md", "LICENSE")
# What was there when somebody built before, and is no more.
GONE = "build/lib/framework/gone.py"
FILE = re.compile(r"# ([\w/.-]+\.\w+)\n")
HOOKS = """
import sys
sys.path.insert(0, "requirements")
import dspex_wheel
_, sdist, wheel = sys.argv
dspex_wheel.build_sdist(sdist)
dspex_wheel.build_wheel(wheel)
"""
PIP = ("-m", "pip", "--disable-pip-version-check")
BUILD = ("wheel", "-q", "--no-build-isolation", "--no-deps", "--no-index")


@dataclass(frozen=True, slots=True)
class Built:
    """The source that was built of, and the wheels: of itself, and of the source distribution that was made of it."""

    source: Path
    wheel: Path
    of_sdist: Path
    # What is in the first.
    files: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with an interpreter that has the package, and not the checkout."""

    folder: Path
    python: Path
    environment: Mapping[str, str]

    def run(self, *words: str, accepted: tuple[int, ...] = (0,)) -> str:
        """What the interpreter prints."""
        return self._run(str(self.python), *words, accepted=accepted)

    def dspex(self, *words: str) -> str:
        """What the command prints."""
        return self._run(str(self.python.with_name("dspex")), *words)

    @contextmanager
    def up(self) -> Iterator[str]:
        """The address of everything, run by one command."""
        words = [str(self.python.with_name("dspex")), "up", "--json", "--port", "0"]
        process = subprocess.Popen(
            words, cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        try:
            yield _place(process)
        finally:
            process.terminate()
            process.communicate()

    def _run(self, *words: str, accepted: tuple[int, ...] = (0,)) -> str:
        ended = subprocess.run(
            words, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert ended.returncode in accepted, ended.stdout + ended.stderr
        return ended.stdout


def _place(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    assert process.stderr is not None
    for line in process.stdout:
        if "url" in (said := json.loads(line)):
            return str(said["url"])
    raise AssertionError(f"it ended: {process.stderr.read()}")


def build(folder: Path) -> Built:
    """Builds of a copy of the checkout, as others build it; nothing is downloaded."""
    source = folder / "source"
    for name in SOURCE:
        if (path := ROOT / name).is_dir():
            shutil.copytree(path, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(path, source / name)
    (source / GONE).parent.mkdir(parents=True)
    (source / GONE).touch()
    for name in ("sdist", "wheel", "of_sdist"):
        (folder / name).mkdir()
    python("-c", HOOKS, str(folder / "sdist"), str(folder / "wheel"), at=source)
    with tarfile.open(only(folder / "sdist")) as packed:
        packed.extractall(folder / "unpacked", filter="data")
    python(*PIP, *BUILD, "-w", str(folder / "of_sdist"), ".", at=only(folder / "unpacked"))
    wheel = only(folder / "wheel")
    return Built(source, wheel, only(folder / "of_sdist"), contents(wheel))


def install(wheel: Path, folder: Path) -> Path:
    """An interpreter with the wheel and, by way of a path, what ours has: but not ours, which a path file leads to."""
    venv.create(folder, with_pip=False, symlinks=True)
    interpreter = folder / "bin" / "python"
    words = ("install", "-q", "--no-deps", "--no-index", "--no-compile", str(wheel))
    python(*PIP, "--python", str(interpreter), *words, at=folder)
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(str(Path(pytest.__file__).parents[1]))
    return interpreter


def write_project(folder: Path) -> None:
    """The project, as the document shows it file by file."""
    for block in blocks_of(ROOT / "docs" / "library.md"):
        if named := FILE.match(block.text):
            path = folder / named[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text)
    (folder / "shop" / "__init__.py").touch()


def environment_of(folder: Path, addresses: Mapping[str, str]) -> Mapping[str, str]:
    """Nothing of this process's but where programs are."""
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "DSPEX_DATA_DIR": str(folder / ".dspex"), **addresses}


def python(*words: str, at: Path) -> None:
    """Runs our interpreter there; it has to succeed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
    environment |= {"PIP_CONFIG_FILE": os.devnull}
    ended = subprocess.run(
        [sys.executable, *words], cwd=at, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-2000:]


def contents(archive: Path) -> Mapping[str, bytes]:
    """The files of a wheel."""
    with zipfile.ZipFile(archive) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def only(folder: Path) -> Path:
    """What alone is there."""
    (found,) = folder.iterdir()
    return found
