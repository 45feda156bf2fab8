"""A system that is told to end, or is killed, at any moment: nothing of it stays, and its data is good."""

from __future__ import annotations

import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from framework.testing.until import PATIENCE, until
from tests.command_line import command_line
from tests.faults.conftest import DOMAIN, SLOW, TRIALS, User, mistakes
from tests.faults.system import System, begin, complaint, running
from tests.installation.graphql_client import GraphqlClient


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder whose path is short enough for sockets."""
    made = Path(tempfile.mkdtemp(prefix="dspex-ending-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@asynccontextmanager
async def user_of(system: System) -> AsyncIterator[User]:
    """Somebody who uses the system."""
    async with httpx.AsyncClient(base_url=system.url, trust_env=False, timeout=PATIENCE) as http:
        yield User(system, await GraphqlClient.introspected(DOMAIN, http))


async def end_when(folder: Path, reached: Callable[[System], bool], by: signal.Signals) -> None:
    """Begins a system, ends it at that moment, and waits until nothing of it is left."""
    system = await begin(folder)
    try:
        await until(lambda: reached(system) or system.waited.returncode is not None)
        assert system.waited.returncode is None, complaint(folder)
    finally:
        await system.end(by)


def making_its_folder(system: System) -> bool:
    """PostgreSQL makes its data folder."""
    return (system.data / "postgres" / "cluster.new" / "base").exists()


def migrating(system: System) -> bool:
    """PostgreSQL takes requests, and the tables are being made."""
    lock = system.data / "postgres" / "cluster" / "postmaster.pid"
    return lock.exists() and "ready" in lock.read_text()


def starting_its_processes(system: System) -> bool:
    """The API and the worker were just begun."""
    return "worker" in {word for child in system.up.children() for word in command_line(child)}


async def test_it_can_end_while_it_starts(folder: Path) -> None:
    # Ctrl-C and SIGTERM take the same way.
    await end_when(folder, making_its_folder, signal.SIGKILL)
    await end_when(folder, making_its_folder, signal.SIGINT)
    await end_when(folder, migrating, signal.SIGKILL)
    await end_when(folder, migrating, signal.SIGTERM)
    await end_when(folder, starting_its_processes, signal.SIGKILL)
    await end_when(folder, starting_its_processes, signal.SIGINT)
    async with running(folder) as system, user_of(system) as user:
        evaluated = await user.evaluate(await user.subject())
        await evaluated.until_end()
        assert evaluated.seen[-1]["state"] == "succeeded"


async def test_work_goes_on_whenever_it_is_started_again(folder: Path) -> None:
    async with running(folder) as system, user_of(system) as user:
        watched = await user.optimize(await user.subject(**SLOW))
        await watched.until_trial(2)
        await system.end(signal.SIGINT)
    async with running(folder) as system, user_of(system) as user:
        watched.url = system.url
        await watched.until_trial(3)
        await system.end(signal.SIGKILL)
    async with running(folder) as system, user_of(system) as user:
        watched.url = system.url
        await watched.until_end()
        assert watched.trials == list(range(1, TRIALS + 1))
        assert watched.in_order
        assert await user.trials(watched) == watched.trials
        assert (await user.optimization(watched))["state"] == "succeeded"
        assert {name: mistakes(system.log(name)) for name in ("api", "worker")} == {"api": [], "worker": []}
