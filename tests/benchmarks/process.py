"""A server in a process of its own, timed from its start to its first answer."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from framework.embedded.process import last_words, stop
from tests.benchmarks.connection import HOST, Ask, BadAnswer, answer

ROOT = Path(__file__).parents[2]
LOCK_POLICY = 60.0
LOOK_SECONDS = 0.005
CALM_SECONDS = 1.5
MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Program:
    """What is run: a module with its words, and where its log goes."""

    module: str
    words: Sequence[str]
    env: Mapping[str, str]
    log: Path


@dataclass(frozen=True, slots=True)
class Served:
    """A running server; `seconds` is what it took from exec to its first 200."""

    port: int
    pid: int
    seconds: float

    def rss(self) -> float:
        """Its resident memory in megabytes."""
        return float(psutil.Process(self.pid).memory_info().rss) / MEGABYTE

    async def idle_rss(self) -> float:
        """Its resident memory once that has been the same for a while, with all that loads beside serving loaded."""
        last, since = self.rss(), time.monotonic()
        while time.monotonic() - since < CALM_SECONDS:
            await asyncio.sleep(0.1)
            if abs((now := self.rss()) - last) > 0.2:
                last, since = now, time.monotonic()
        return last


@asynccontextmanager
async def running(program: Program) -> AsyncIterator[asyncio.subprocess.Process]:
    """The process, ended in order."""
    with program.log.open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", program.module, *program.words),
            cwd=ROOT,
            env={**os.environ, **program.env},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        yield process
    finally:
        await stop(process, [signal.SIGTERM])


@asynccontextmanager
async def serving(program: Program) -> AsyncIterator[Served]:
    """The server, from its first answer on; its module takes the option `--port`."""
    port = free_port()
    started = time.perf_counter()
    async with running(replace(program, words=[*program.words, "--port", str(port)])) as process:
        while not await _answers(port):
            if process.returncode is not None or time.perf_counter() - started > LOCK_POLICY:
                raise BadAnswer(f"{program.module} did not start:\n{last_words(program.log)}")
            await asyncio.sleep(LOOK_SECONDS)
        yield Served(port, process.pid, time.perf_counter() - started)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as trial:
        trial.bind((HOST, 0))
        return int(trial.getsockname()[1])


async def _answers(port: int) -> bool:
    try:
        await answer(Ask(port, "/healthz"))
    except (OSError, EOFError):
        return False
    return True
