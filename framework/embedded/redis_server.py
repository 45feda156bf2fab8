"""A private Valkey, or a Redis where there is none, on a Unix socket."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from framework.embedded.data_paths import DataPaths
from framework.embedded.process import Command
from framework.embedded.programs import redis_program
from framework.embedded.server import Durability

DATABASES = 64


@dataclass(frozen=True, slots=True)
class RedisServer:
    """The server under `<data>/redis`; it writes every change to its append-only file, once a second to the disk."""

    paths: DataPaths
    durability: Durability
    name: str = "Redis"

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self.paths.run / "redis.sock"

    @property
    def url(self) -> str:
        """Its address, as redis-py reads it."""
        return f"unix://{quote(str(self.socket))}?db=0"

    async def prepare(self) -> Command:
        """Make its folder, and end an orphan that still writes there."""
        folder = self.paths.data / "redis"
        folder.mkdir(mode=0o700, exist_ok=True)
        await _ask(self.socket, b"SHUTDOWN\r\n")
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "databases": str(DATABASES),
            "daemonize": "no",
            "pidfile": "redis.pid",
            "save": "",
            "appendonly": "yes" if self.durability is Durability.DURABLE else "no",
            "appendfsync": "everysec",
        }
        argv = [str(redis_program()), *(word for name, value in options.items() for word in (f"--{name}", value))]
        return Command(argv, log=self.paths.data / "redis.log", cwd=folder, stop=(signal.SIGTERM,))

    async def answers(self, process: asyncio.subprocess.Process) -> bool:
        """Whether it has read its file and takes commands."""
        return await _ask(self.socket, b"PING\r\n") == b"+PONG\r\n"


async def _ask(socket: Path, command: bytes) -> bytes | None:
    """Its answer to a command: empty when it hung up, `None` when nobody listens."""
    try:
        reader, writer = await asyncio.open_unix_connection(str(socket))
    except OSError:
        return None
    try:
        writer.write(command)
        return await reader.readline()
    except OSError:
        return b""
    finally:
        writer.close()
