"""The whole system as its user runs it (`dspex up`), and everything that can be broken in it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psutil

from framework.testing.until import PATIENCE, until
from tests.command_line import command_line

ROOT = Path(__file__).parents[2]
# In the environment of everything that a system starts; servers, which get none of it, are known by their folder.
MARK = "DSPEX_TEST_SYSTEM"
# A worker that died is missed soon; a machine that is busy with other tests has time enough for a heartbeat.
PACE = {"DSPEX_LEASE_SECONDS": "4", "DSPEX_HEARTBEAT_SECONDS": "0.5", "DSPEX_POLL_SECONDS": "0.2"}
NOT_OURS = ("DATABASE_URL", "REDIS_URL", "CI")
# Valkey calls itself `valkey-server`, and Redis `redis-server`; whichever runs has its socket among its words.
SERVER_OF_REDIS = "redis.sock"


@dataclass(frozen=True, slots=True)
class System:
    """One `dspex up`, and what it has started."""

    up: psutil.Process
    waited: asyncio.subprocess.Process
    data: Path
    mark: str

    @property
    def said(self) -> list[dict[str, Any]]:
        """What it wrote so far."""
        lines = (self.data / "up.out").read_text().splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("\n")]

    @property
    def url(self) -> str:
        """Where the API answers."""
        return str(next(said["url"] for said in self.said if "url" in said))

    @property
    def ready(self) -> bool:
        """Whether it said where the API answers."""
        return any("url" in said for said in self.said)

    @property
    def keeper(self) -> psutil.Process:
        """The process that runs the servers."""
        return self._one(self.up, "framework.embedded.keeper")

    @property
    def postgres(self) -> psutil.Process:
        """PostgreSQL's first process."""
        return self._one(self.keeper, "/postgres")

    @property
    def redis(self) -> psutil.Process:
        """Redis."""
        return self._one(self.keeper, SERVER_OF_REDIS)

    @property
    def redis_runs(self) -> bool:
        """Whether a Redis runs."""
        return any(SERVER_OF_REDIS in part for child in self.keeper.children() for part in _words(child))

    @property
    def api(self) -> psutil.Process:
        """The API."""
        return self._one(self.up, "api")

    @property
    def worker(self) -> psutil.Process:
        """The first process of the workers."""
        return self._one(self.up, "worker")

    def log(self, name: str) -> str:
        """What a process logged, `api` or `worker`; its file is made with its first line."""
        log = self.data / f"{name}.log"
        return log.read_text() if log.exists() else ""

    def left(self) -> list[psutil.Process]:
        """Everything that the system started and that still runs."""
        return [process for process in psutil.process_iter() if self._owns(process)]

    @contextmanager
    def hanging(self, process: psutil.Process) -> Iterator[None]:
        """While a process answers nobody, though it runs."""
        process.suspend()
        try:
            yield
        finally:
            process.resume()

    def not_restarting_servers(self) -> AbstractContextManager[None]:
        """While nobody starts servers anew."""
        return self.hanging(self.keeper)

    async def end(self, by: signal.Signals = signal.SIGTERM) -> None:
        """Tells it to end, as a terminal tells all in it, and waits until nothing of it is left."""
        if self.waited.returncode is None:
            known = self.up.children(recursive=True)
            os.killpg(self.up.pid, by)
            async with asyncio.timeout(PATIENCE):
                await self.waited.wait()
            await until(lambda: not any(process.is_running() for process in known))
        await until(lambda: not self.left())

    def _owns(self, process: psutil.Process) -> bool:
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            here = str(self.data)
            known = (*process.cmdline(), process.cwd())
            return process.environ().get(MARK) == self.mark or any(here in part for part in known)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return False

    @staticmethod
    def _one(parent: psutil.Process, word: str) -> psutil.Process:
        """The child with that word on its command line."""
        (found,) = (child for child in parent.children() if any(part.endswith(word) for part in _words(child)))
        return found


def _words(process: psutil.Process) -> Sequence[str]:
    return [part for text in command_line(process) for part in text.split()]


async def begin(data: Path, *, port: str = "0", **more: str) -> System:
    """Starts a system in the folder, at any free port unless one is named; it may be far from ready yet."""
    mark = uuid4().hex
    kept = {name: value for name, value in os.environ.items() if name not in NOT_OURS and not name.startswith("DSPEX_")}
    words = ("up", "--port", port, "--data", str(data), "--json")
    with (data / "up.out").open("wb") as out, (data / "up.err").open("ab") as err:
        started = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "framework.cli.main", *words),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            cwd=ROOT,
            env={**kept, **PACE, **more, MARK: mark},
            start_new_session=True,
        )
    return System(psutil.Process(started.pid), started, data, mark)


@asynccontextmanager
async def running(data: Path, **more: str) -> AsyncIterator[System]:
    """A system that is ready, and ends with the block."""
    system = await begin(data, **more)
    try:
        await until(lambda: system.ready or system.waited.returncode is not None)
        assert system.waited.returncode is None, complaint(data)
        yield system
    finally:
        await system.end()


async def answers(system: System, path: str = "/readyz") -> bool:
    """Whether the API says that all is well."""
    try:
        async with httpx.AsyncClient(trust_env=False) as client:
            return (await client.get(f"{system.url}{path}", timeout=10)).is_success
    except httpx.TransportError:
        return False


def complaint(data: Path) -> str:
    """What a system said that did not come up."""
    return "\n".join((data / name).read_text() for name in ("up.out", "up.err"))
