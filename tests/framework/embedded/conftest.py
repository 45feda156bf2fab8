"""A process that uses the embedded servers, to be killed in all ways a process can end."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

USER = """
import asyncio, json, sys
from pathlib import Path
from framework.embedded.server import Durability
from framework.embedded.servers import servers
from framework.settings import load_settings

async def main():
    async with servers(load_settings(data_dir=Path(sys.argv[1])), durability=Durability.VOLATILE) as running:
        print(json.dumps([running.database_url, running.redis_url]), flush=True)
        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        await reader.readline()

asyncio.run(main())
"""


@dataclass(frozen=True, slots=True)
class User:
    """A process that uses the servers until a line is written to it."""

    process: asyncio.subprocess.Process

    async def urls(self) -> tuple[str, str]:
        """The addresses it was given: PostgreSQL's and Redis's."""
        assert self.process.stdout is not None
        database, redis = json.loads(await self.process.stdout.readline())
        return database, redis

    async def leave(self) -> int:
        """Let it end by itself."""
        await self.process.communicate(b"\n")
        assert self.process.returncode is not None
        return self.process.returncode


StartUser = Callable[[Path], Awaitable[User]]


@pytest.fixture
async def start_user() -> AsyncIterator[StartUser]:
    """Starts a process that uses the servers of a data folder."""
    started: list[asyncio.subprocess.Process] = []

    async def start(data_dir: Path) -> User:
        pipe = asyncio.subprocess.PIPE
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
        command = (sys.executable, "-c", USER, str(data_dir))
        process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, env=environment)
        started.append(process)
        return User(process)

    yield start
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.communicate()
