"""A client as lean as can be, the same for ours and for the peers: what it measures is the server."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson

HOST = "127.0.0.1"


class BadAnswer(Exception):
    """The server refused or broke; nothing that was measured counts then."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request to one server; a body makes it a POST."""

    port: int
    path: str
    body: Any = None

    def as_bytes(self) -> bytes:
        """The request as it goes over the wire."""
        content = b"" if self.body is None else orjson.dumps(self.body)
        method = "GET" if self.body is None else "POST"
        head = (
            f"{method} {self.path} HTTP/1.1\r\nHost: {HOST}:{self.port}\r\nAccept: application/json\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        return head.encode() + content


@dataclass(frozen=True, slots=True)
class Connection:
    """One connection, kept alive."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, request: bytes) -> bytes:
        """The body of the answer; raises BadAnswer for any but a 2xx."""
        self.writer.write(request)
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        _, _, rest = head.partition("content-length:")
        if not rest:
            raise BadAnswer(f"an answer without a length: {head}")
        body = await self.reader.readexactly(int(rest.partition("\r\n")[0]))
        if not head.startswith("http/1.1 2"):
            raise BadAnswer(f"{head.partition(chr(13))[0]}: {body.decode()[:500]}")
        return body


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Connection]:
    """A connection to a server on this machine."""
    reader, writer = await asyncio.open_connection(HOST, port, limit=2**24)
    try:
        yield Connection(reader, writer)
    finally:
        writer.close()


async def answer(ask: Ask) -> Any:
    """What one request gives."""
    async with connected(ask.port) as connection:
        return orjson.loads(await connection.send(ask.as_bytes()))


async def p50(ask: Ask, times: int) -> float:
    """The median time of an answer in milliseconds, one request after another."""
    request = ask.as_bytes()
    took: list[float] = []
    async with connected(ask.port) as connection:
        for _ in range(times):
            started = time.perf_counter()
            await connection.send(request)
            took.append((time.perf_counter() - started) * 1000)
    return statistics.median(took)


async def per_second(ask: Ask, times: int, *, connections: int) -> float:
    """Answers a second, over several connections at once."""
    request = ask.as_bytes()

    async def one() -> None:
        async with connected(ask.port) as connection:
            for _ in range(times // connections):
                await connection.send(request)

    started = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(connections)))
    return times // connections * connections / (time.perf_counter() - started)
