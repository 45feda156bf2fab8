"""The keeper: one process per data folder that runs the servers for as long as somebody uses them.

A user is a connection to the keeper's socket. The operating system closes it however its process ends, so servers
are never left behind; and since the keeper has a session of its own, the terminal's Ctrl-C does not reach them first.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import shutil
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from framework.embedded.data_paths import DataPaths, data_paths, make_private
from framework.embedded.failure import ServerFailed
from framework.embedded.log_files import LogBounds, keep_bounded
from framework.embedded.postgres_server import PostgresServer
from framework.embedded.redis_server import RedisServer
from framework.embedded.server import Durability, Server, keep_running
from framework.settings import load_settings

# `EX_TEMPFAIL` of <sysexits.h>: another keeper has this data folder.
BUSY = 75
# A keeper whose first user never came, because it was killed in between, ends by itself.
FIRST_USER_WITHIN = 3.0
LAST_WORDS_WITHIN = 1.0


class Keeper:
    """The servers that run, and how many use them."""

    def __init__(self, servers: Mapping[str, Server]) -> None:
        self._servers = servers
        self._running: dict[str, asyncio.Task[None]] = {}
        self._up: dict[str, asyncio.Future[str]] = {}
        self._users = 0
        self.ending = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One user: it names the servers it needs, gets their addresses, and says farewell or hangs up."""
        if self.ending.is_set():
            writer.close()
            return
        self._users += 1
        farewell: asyncio.Future[bytes] | None = None
        try:
            wanted = json.loads(await reader.readline() or b"[]")
            farewell = asyncio.ensure_future(reader.readline())
            starting = asyncio.ensure_future(self._addresses(wanted))
            await asyncio.wait({farewell, starting}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                writer.write(json.dumps(starting.result()).encode() + b"\n")
            starting.cancel()
            await farewell
        except OSError:
            pass
        finally:
            self._leave(writer)

    async def stop(self) -> None:
        """Stop every server, and wait until all are gone."""
        for task in self._running.values():
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    def end_if_unused(self) -> None:
        """End when nobody uses the servers."""
        if self._users == 0:
            self.ending.set()

    def _leave(self, writer: asyncio.StreamWriter) -> None:
        """The last user hears nothing until this process has ended, which hangs up; any other is let go at once."""
        self._users -= 1
        if self._users:
            with suppress(OSError):
                writer.write(b"kept\n")
            writer.close()
        self.end_if_unused()

    def _start(self, name: str) -> None:
        up = self._up[name] = asyncio.get_running_loop().create_future()
        task = self._running[name] = asyncio.ensure_future(keep_running(self._servers[name], up))
        task.add_done_callback(lambda _: self._gave_up(task, up))

    def _gave_up(self, task: asyncio.Task[None], up: asyncio.Future[str]) -> None:
        """A server that cannot be run ends them all, after whoever waits for it has been told why."""
        failure = None if task.cancelled() else task.exception()
        if failure is not None and not up.done():
            up.set_exception(failure if isinstance(failure, ServerFailed) else ServerFailed(repr(failure)))
        asyncio.get_running_loop().call_later(LAST_WORDS_WITHIN, self.ending.set)

    async def _addresses(self, wanted: Sequence[str]) -> Mapping[str, str]:
        """The address of each server wanted, started if it does not run yet; or the reason why one cannot be."""
        for name in wanted:
            if name not in self._running:
                self._start(name)
        try:
            await asyncio.gather(*(asyncio.shield(self._up[name]) for name in wanted))
        except ServerFailed as failure:
            return {"error": str(failure)}
        return {name: self._up[name].result() for name in wanted}


async def keep(at: DataPaths, durability: Durability) -> None:
    """Serve until the last user has gone or a signal comes."""
    make_private(at.run)
    keeper = Keeper({"postgres": PostgresServer(at, durability), "redis": RedisServer(at, durability)})
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(each, keeper.ending.set)
    listener = await asyncio.start_unix_server(keeper.serve, str(at.control))
    loop.call_later(FIRST_USER_WITHIN, keeper.end_if_unused)
    bounding = asyncio.create_task(keep_bounded(at.logs, _bounds()))
    await keeper.ending.wait()
    bounding.cancel()
    listener.close()
    await keeper.stop()
    shutil.rmtree(at.run, ignore_errors=True)


def _bounds() -> LogBounds:
    """As the settings of whoever used the servers first say."""
    settings = load_settings()
    return LogBounds(settings.log_file_bytes, settings.log_files)


def hold(lock: Path) -> IO[bytes]:
    """Hold the data folder's lock until this process ends, or leave it to the keeper that has it."""
    file = lock.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SystemExit(BUSY) from None
    return file


def main(data_dir: str, durability: str) -> None:
    """Keep the servers of one data folder."""
    with suppress(PermissionError):  # already the leader of a session of its own
        os.setsid()
    # It was begun with Ctrl-C held back; one that came in between is forgotten here.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT,))
    os.umask(0o077)
    os.chdir("/")
    at = data_paths(Path(data_dir))
    held = hold(at.lock)
    asyncio.run(keep(at, Durability(durability)))
    sys.stdout.flush()
    held.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
