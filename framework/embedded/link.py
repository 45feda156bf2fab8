"""A user's link to the keeper of a data folder, which is started if none runs."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from framework.embedded import keeper
from framework.embedded.data_paths import DataPaths, data_paths
from framework.embedded.process import last_words
from framework.embedded.server import Durability
from framework.errors import Unavailable
from framework.package_name import finding_ours

START_WITHIN = 60.0
STOP_WITHIN = 30.0
POLL = 0.02
AGAIN_AFTER = 0.5


@asynccontextmanager
async def linked(data_dir: Path, wanted: Sequence[str], durability: Durability) -> AsyncIterator[Mapping[str, str]]:
    """The addresses of the wanted servers, which run at least as long as this is open."""
    link = _Link(data_paths(data_dir), durability)
    try:
        addresses = await link.open(wanted)
        again = asyncio.create_task(link.open_again(wanted))
        try:
            yield addresses
        finally:
            again.cancel()
            await asyncio.gather(again, return_exceptions=True)
    finally:
        await link.close()


class _Link:
    """One connection to the keeper, and the keeper's process id if we started it."""

    def __init__(self, at: DataPaths, durability: Durability) -> None:
        self._at = at
        self._durability = durability
        self._keeper: int | None = None
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def open(self, wanted: Sequence[str]) -> Mapping[str, str]:
        """The addresses of the servers, started if need be."""
        try:
            async with asyncio.timeout(START_WITHIN):
                return await self._ask(wanted)
        except TimeoutError:
            raise _unavailable(f"the embedded servers did not start within {START_WITHIN:g} seconds") from None

    async def open_again(self, wanted: Sequence[str]) -> None:
        """Asks the next keeper whenever one is gone: killed, say. Its servers have the same addresses.

        One that cannot be had now, as it was killed before it could be reached, is tried again for as long as it takes.
        """
        while True:
            if self._streams is not None:
                with suppress(OSError):
                    await self._streams[0].read()
                self._streams[1].close()
                self._streams = None
                if self._keeper is not None:
                    with suppress(ChildProcessError):
                        await asyncio.to_thread(os.waitpid, self._keeper, 0)
                    self._keeper = None
            try:
                await self.open(wanted)
            except Unavailable:
                await asyncio.sleep(AGAIN_AFTER)

    async def _ask(self, wanted: Sequence[str]) -> Mapping[str, str]:
        """A keeper that is just ending hangs up instead of answering, and then the next one is asked."""
        while True:
            reader, writer = self._streams = await self._connect()
            with suppress(OSError):
                writer.write(json.dumps(list(wanted)).encode() + b"\n")
                if line := await reader.readline():
                    answer: dict[str, str] = json.loads(line)
                    if "error" in answer:
                        raise _unavailable(answer["error"])
                    return answer
            writer.close()

    async def close(self) -> None:
        """Say farewell; as the last user, wait until the servers and their keeper are gone."""
        with suppress(Unavailable, TimeoutError):
            async with asyncio.timeout(STOP_WITHIN):
                await self._reach()
        if self._streams is None:
            return
        reader, writer = self._streams
        with suppress(OSError, TimeoutError):
            writer.write(b"farewell\n")
            async with asyncio.timeout(STOP_WITHIN):
                said = [line async for line in reader]
            if said[-1:] != [b"kept\n"] and self._keeper is not None:
                await asyncio.to_thread(os.waitpid, self._keeper, 0)
        writer.close()

    async def _reach(self) -> None:
        """A keeper that was started but not reached, as this was cancelled in between, is to hear of it and end."""
        while self._streams is None and self._keeper is not None:
            with suppress(FileNotFoundError, ConnectionRefusedError):
                self._streams = await asyncio.open_unix_connection(str(self._at.control))
                self._streams[1].write(b"[]\n")
                return
            await asyncio.sleep(POLL)
            self._reap()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while True:
            with suppress(FileNotFoundError, ConnectionRefusedError):
                return await asyncio.open_unix_connection(str(self._at.control))
            if self._keeper is None:
                self._keeper = self._spawn()
            await asyncio.sleep(POLL)
            self._reap()

    def _spawn(self) -> int:
        """Start a keeper. Not through `subprocess`, which expects a child to end before its parent."""
        argv = (sys.executable, "-P", "-m", keeper.__name__, str(self._at.data), self._durability)
        log = os.open(self._at.keeper_log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            nothing = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
            actions = [nothing, (os.POSIX_SPAWN_DUP2, log, 1), (os.POSIX_SPAWN_DUP2, log, 2)]
            # A Ctrl-C that comes before the keeper has left the terminal is not for it.
            return os.posix_spawn(
                sys.executable, argv, finding_ours(os.environ), file_actions=actions, setsigmask=(signal.SIGINT,)
            )
        finally:
            os.close(log)

    def _reap(self) -> None:
        """Forget a keeper that has ended: another one was faster, or it failed."""
        if self._keeper is None:
            return
        try:
            ended, status = os.waitpid(self._keeper, os.WNOHANG)
        except ChildProcessError:  # somebody else in this process waits for every child
            ended, status = self._keeper, 0
        if not ended:
            return
        self._keeper = None
        if os.waitstatus_to_exitcode(status) not in (0, keeper.BUSY):
            raise _unavailable(f"the embedded servers could not be run:\n{last_words(self._at.keeper_log)}")


def _unavailable(message: str) -> Unavailable:
    return Unavailable(message, code="embedded_server", hint="set DATABASE_URL and REDIS_URL to use running servers")
