"""A WebSocket to an application in this process, as a server would open it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message

from framework.testing.until import PATIENCE


@dataclass
class Socket:
    """What goes in, and what comes out."""

    sent: asyncio.Queue[Message] = field(default_factory=asyncio.Queue)
    came: asyncio.Queue[Message] = field(default_factory=asyncio.Queue)
    # While this is not set, a closing is on its way.
    closes: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.closes.set()

    async def take(self, message: Message) -> None:
        """What the server sends."""
        if message["type"] == "websocket.close":
            await self.closes.wait()
        await self.came.put(message)

    async def send(self, message: Any) -> None:
        """A message: a text as it is, anything else as JSON."""
        text = message if isinstance(message, str) else json.dumps(message)
        await self.sent.put({"type": "websocket.receive", "text": text})

    async def next(self) -> Message:
        """The next thing that the server does: a message, or its closing."""
        return await asyncio.wait_for(self.came.get(), PATIENCE)

    async def said(self) -> Any:
        """The next message of the server."""
        message = await self.next()
        assert message["type"] == "websocket.send", message
        return json.loads(message["text"])


@asynccontextmanager
async def connected(app: ASGIApp, path: str = "/graphql", *, origin: str | None = None) -> AsyncIterator[Socket]:
    """A connection that speaks `graphql-transport-ws`, from a page of an origin or from a program."""
    said = {"host": "localhost", "sec-websocket-protocol": "graphql-transport-ws"}
    said |= {} if origin is None else {"origin": origin, "sec-fetch-site": "cross-site"}
    socket = Socket()
    await socket.sent.put({"type": "websocket.connect"})
    scope = {
        "type": "websocket",
        "asgi": {"version": "3.0"},
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "scheme": "ws",
        "headers": [(name.encode(), value.encode()) for name, value in said.items()],
        "subprotocols": ["graphql-transport-ws"],
        "client": ("127.0.0.1", 1),
        "server": ("localhost", 80),
    }
    serving = asyncio.ensure_future(app(scope, socket.sent.get, socket.take))
    try:
        begun = await socket.next()
        assert begun["type"] == "websocket.accept", begun
        yield socket
        await socket.sent.put({"type": "websocket.disconnect", "code": 1000})
        await asyncio.wait_for(serving, PATIENCE)
    finally:
        serving.cancel()
