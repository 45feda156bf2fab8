"""A response that an application goes on sending, as it comes in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from framework.testing.until import PATIENCE


@dataclass(frozen=True)
class Asking:
    """A request, and what the application is told of the one who makes it."""

    path: str
    query: str = ""
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def scope(self) -> dict[str, Any]:
        """As ASGI has it."""
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": self.method,
            "scheme": "http",
            "path": self.path,
            "raw_path": self.path.encode(),
            "root_path": "",
            "query_string": self.query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in self.headers.items()],
            "server": ("workshop", 80),
            "client": ("client", 1),
        }


@dataclass
class Streamed:
    """A response as it comes in, until we hang up."""

    asking: Asking
    chunks: asyncio.Queue[bytes] = field(default_factory=asyncio.Queue)
    asked: bool = False
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    start: dict[str, Any] = field(default_factory=dict)

    async def receive(self) -> dict[str, Any]:
        """What the application is sent: the request, and at last that nobody listens."""
        if not self.asked:
            self.asked = True
            return {"type": "http.request", "body": self.asking.body, "more_body": False}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        """What the application sends."""
        if message["type"] == "http.response.start":
            self.start = message
            self.begun.set()
        else:
            await self.chunks.put(message["body"])

    async def chunk(self) -> str:
        """What comes next."""
        return (await asyncio.wait_for(self.chunks.get(), PATIENCE)).decode()


@asynccontextmanager
async def streamed(app: Any, asking: Asking) -> AsyncIterator[Streamed]:
    """The response of an application, from its first word until whoever asked hangs up."""
    stream = Streamed(asking)
    served = asyncio.create_task(app(asking.scope, stream.receive, stream.send))
    try:
        await asyncio.wait_for(stream.begun.wait(), PATIENCE)
        yield stream
    finally:
        stream.gone.set()
        await asyncio.wait_for(served, PATIENCE)
