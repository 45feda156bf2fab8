"""A broker that fails at a chosen moment: a proxy before the real one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import parse_qs, urlsplit

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Fault(StrEnum):
    """What happens to the broker."""

    GONE = "gone"
    HANGING = "hanging"


@dataclass(slots=True)
class FailingBroker:
    """Passes on what it is sent, until that names `at`; from then on it is gone, or says nothing more.

    Once it has recovered, whoever connects is served; over the connections before nothing comes any more.
    """

    redis_url: str
    at: bytes
    fault: Fault
    url: str = ""
    failed: bool = False
    recovered: bool = False
    server: asyncio.Server | None = None
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def open(self) -> None:
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        parts = urlsplit(self.redis_url)
        database = parse_qs(parts.query)["db"][0] if parts.scheme == "unix" else parts.path.strip("/")
        self.url = f"redis://127.0.0.1:{self.server.sockets[0].getsockname()[1]}/{database}"

    def close(self) -> None:
        """Refuses whoever comes, and hangs up on whoever is there."""
        assert self.server is not None
        self.server.close()
        for writer in self.writers:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        with contextlib.suppress(OSError):
            answers, redis = await self._upstream()
            self.writers.append(redis)
            if self.recovered:
                await asyncio.gather(_passed_on(reader, redis), _passed_on(answers, writer))
            else:
                await asyncio.gather(self._commands(reader, redis), self._answers(answers, writer))

    async def _upstream(self) -> Streams:
        parts = urlsplit(self.redis_url)
        if parts.scheme == "unix":
            return await asyncio.open_unix_connection(parts.path)
        return await asyncio.open_connection(parts.hostname, parts.port)

    async def _commands(self, reader: asyncio.StreamReader, redis: asyncio.StreamWriter) -> None:
        while sent := await reader.read(65536):
            if self.at in sent and not self.failed:
                self.failed = True
                if self.fault is Fault.GONE:
                    self.close()
            if not self.failed:
                redis.write(sent)
        redis.close()

    async def _answers(self, answers: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while answer := await answers.read(65536):
            if not self.failed:
                writer.write(answer)
        if not self.failed:
            writer.close()


async def _passed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while sent := await reader.read(65536):
        writer.write(sent)
    writer.close()


@contextlib.asynccontextmanager
async def failing_broker(redis_url: str, *, at: bytes, fault: Fault) -> AsyncIterator[FailingBroker]:
    """The broker, until it is closed."""
    broker = FailingBroker(redis_url, at, fault)
    await broker.open()
    try:
        yield broker
    finally:
        broker.close()
