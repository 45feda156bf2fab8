"""What the keeper needs to know of a server, and how it keeps one running."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import Protocol

from framework.embedded.failure import ServerFailed
from framework.embedded.process import Command, last_words, start, stop

POLL = 0.02
PAUSES = (0.1, 0.2, 0.5, 1.0, 2.0)


class Durability(StrEnum):
    """Whether what was committed survives a power failure; without that, tests run faster."""

    DURABLE = "durable"
    VOLATILE = "volatile"


class Server(Protocol):
    """A server that can be run."""

    @property
    def name(self) -> str: ...

    @property
    def url(self) -> str: ...

    async def prepare(self) -> Command:
        """Make its data folder if there is none, end an orphan that still uses it, and say what to run."""

    async def answers(self, process: asyncio.subprocess.Process) -> bool:
        """Whether the started process takes requests."""


async def keep_running(server: Server, up: asyncio.Future[str]) -> None:
    """Run the server until cancelled; `up` gets its address once it answers.

    A server that ends by itself is started anew, after longer and longer pauses; one that cannot be prepared is not.
    """
    failures = 0
    while True:
        command = await server.prepare()
        try:
            await _run_once(server, command, up)
            failures = 0
        except (ServerFailed, OSError) as failure:
            failures += 1
            if failures == len(PAUSES):
                raise ServerFailed(f"{server.name} could not be run: {failure}") from failure
        await asyncio.sleep(PAUSES[failures])


async def _run_once(server: Server, command: Command, up: asyncio.Future[str]) -> None:
    process = await start(command)
    try:
        while not await server.answers(process):
            if process.returncode is not None:
                raise ServerFailed(f"{server.name} did not start; it said:\n{last_words(command.log)}")
            await asyncio.sleep(POLL)
        if not up.done():
            up.set_result(server.url)
        await process.wait()
    finally:
        await stop(process, command.stop)
