"""Processes that are kept."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import Protocol

import psutil
import pytest

from framework.cli.child_log import ChildLog
from framework.cli.children import Child, keep
from framework.errors import Unavailable
from framework.testing.until import PATIENCE, until

# Stands where `framework.cli.main` does: what a command is does not matter to who keeps it.
PACKAGE = """
import faulthandler, os, signal, subprocess, sys, time
if sys.argv[1] in ("stopped", "blocked") and not os.path.exists(os.environ["TOLD"]):
    faulthandler.register(signal.SIGUSR2)
    os.write(int(sys.argv[-1]), b".")
    open(os.environ["TOLD"], "w").write(f"{os.getpid()} {os.getpid()}\\n")
    if sys.argv[1] == "stopped":
        os.kill(os.getpid(), signal.SIGSTOP)
    time.sleep(600)
if sys.argv[1] == "broken":
    raise SystemExit("there is no such thing")
inner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
with open(os.environ["TOLD"], "a") as told:
    told.write(f"{os.getpid()} {inner.pid}\\n")
time.sleep(600)
"""


class Said(list[str]):
    """What is told, and what could not be, as when nobody reads it any more."""

    def __init__(self) -> None:
        super().__init__()
        self.fails = False
        self.tried: list[str] = []

    def tell(self, text: str) -> None:
        self.tried.append(text)
        if self.fails:
            raise BrokenPipeError
        self.append(text)


class Start(Protocol):
    """Starts to keep a command; before all is ready it is killed so often."""

    def __call__(self, command: str, *, killed: int = 0) -> Awaitable[asyncio.Task[None]]: ...


@pytest.fixture
def told(tmp_path: Path) -> Path:
    """Where each child that is started writes who it is."""
    return tmp_path / "told"


@pytest.fixture
def said() -> Said:
    """What the keeper tells."""
    return Said()


@pytest.fixture
async def start(tmp_path: Path, told: Path, said: Said, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Start]:
    """Starts to keep a child."""
    folder = tmp_path / "framework" / "cli"
    folder.mkdir(parents=True)
    for file, text in (
        (folder.parent / "__init__.py", ""),
        (folder / "__init__.py", ""),
        (folder / "main.py", PACKAGE),
    ):
        file.write_text(text)
    monkeypatch.setattr("framework.package_name.TOP", tmp_path)
    tasks: list[asyncio.Task[None]] = []

    async def go(command: str, *, killed: int = 0) -> asyncio.Task[None]:
        ready = asyncio.Event()
        log = ChildLog(tmp_path / "child.log", file_bytes=1_000, files=2)
        child = Child(command, log, {**os.environ, "TOLD": str(told)}, hang_seconds=0.5)
        tasks.append(asyncio.create_task(keep(child, ready=ready, tell=said.tell)))
        if command != "broken":
            for number in range(killed):
                await until(lambda: written(told) == number + 1)  # noqa: B023
                processes(told)[0].kill()
            await until(lambda: written(told) == killed + 1)
            ready.set()
        return tasks[-1]

    yield go
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def written(told: Path) -> int:
    return len(told.read_text().splitlines()) if told.exists() else 0


def processes(told: Path) -> list[psutil.Process]:
    """The child that was started last, and what it started."""
    return [psutil.Process(int(pid)) for pid in told.read_text().splitlines()[-1].split()]


async def test_a_child_that_dies_is_started_anew_and_leaves_nothing(start: Start, told: Path) -> None:
    _kept = await start("serve")
    first = processes(told)
    first[0].kill()
    await until(lambda: written(told) == 2)
    assert psutil.wait_procs(first, timeout=PATIENCE)[1] == []


async def test_a_child_that_is_killed_before_all_is_ready_is_started_anew(start: Start, told: Path) -> None:
    kept = await start("serve", killed=2)
    assert not kept.done()
    assert processes(told)[0].is_running()


async def test_what_is_no_longer_kept_ends_with_all_it_has_started(start: Start, told: Path) -> None:
    task = await start("serve")
    running = processes(told)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert psutil.wait_procs(running, timeout=PATIENCE)[1] == []


async def test_a_child_that_never_came_up_is_a_mistake_with_its_last_words(start: Start, tmp_path: Path) -> None:
    (tmp_path / "child.log").write_text("what it said the last time\n")
    with pytest.raises(Unavailable, match=r"`dspex broken` did not start; it said:\nthere is no such thing"):
        await (await start("broken"))


async def test_a_child_is_kept_though_nobody_can_be_told_and_it_cannot_be_started_for_a_while(
    start: Start, told: Path, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    _kept = await start("serve")
    said.fails = True
    open_files = psutil.Process().num_fds()
    # As where memory, files or processes are used up, there is nothing that can be started.
    with monkeypatch.context() as missing:
        missing.setattr(sys, "executable", str(told.parent / "gone"))
        processes(told)[0].kill()
        await until(lambda: sum("cannot be started" in each for each in said.tried) == 2)
        assert psutil.Process().num_fds() <= open_files
    await until(lambda: written(told) == 2)


@pytest.mark.parametrize("how", ["stopped", "blocked"])
async def test_a_child_that_goes_on_no_more_is_ended_and_started_anew(
    how: str, start: Start, told: Path, said: Said
) -> None:
    _kept = await start(how)
    first = processes(told)
    await until(lambda: written(told) == 2, seconds=60)
    assert psutil.wait_procs(first, timeout=60)[1] == []
    assert said[0].startswith(f"{how} has not gone on for 0.5 s and is ended; see ")
    assert said[1].startswith(f"{how} ended with -9 and is started again")
    if how == "blocked":
        assert "main.py" in told.with_name("child.log").read_text()
