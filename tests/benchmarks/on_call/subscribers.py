"""Subscribers over WebSockets, each with one of its own, and when each was told of what."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from framework.testing.until import until
from tests.benchmarks.connection import HOST, Ask, connected

# One in so many is told of every execution; the others each of one dataset.
CROWD = 100
ONE = "subscription ($id: ID!) { datasetChanged(id: $id) { id dataset { description } } }"
ALL = "subscription { executionChanged { id action } }"
AT_ONCE = 20
LOOK_SECONDS, FOR_EVER = 0.2, 86_400.0
LISTENERS = re.compile(r"^dspex_subscribers(?:\{[^}]*\})? (\d+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Seen:
    """The number of a timed write, and when a subscriber had it."""

    number: str
    at: float


@dataclass(slots=True)
class Subscribers:
    """Who listens to the API at this port."""

    port: int
    datasets: Sequence[str]
    seen: list[Seen] = field(default_factory=list)
    told: int = 0
    cut_off: int = 0
    over: bool = False

    @asynccontextmanager
    async def listening(self, number: int) -> AsyncIterator[None]:
        """While so many listen; it begins once all do."""
        places = asyncio.Semaphore(AT_ONCE)
        ready = [asyncio.Event() for _ in range(number)]
        tasks = [asyncio.create_task(self._listen(index, places, ready[index])) for index in range(number)]
        try:
            await asyncio.gather(*(each.wait() for each in ready))
            # The protocol has no word for a subscription that has begun.
            await until(partial(self._all_listen, number), seconds=FOR_EVER)
            yield
        finally:
            self.over = True
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _all_listen(self, number: int) -> bool:
        # Not so often that it is the API's main work.
        await asyncio.sleep(LOOK_SECONDS)
        async with connected(self.port) as connection:
            found = LISTENERS.findall((await connection.send(Ask(self.port, "/metrics").as_bytes())).decode())
        return sum(map(int, found)) >= number - self.cut_off

    async def _listen(self, index: int, places: asyncio.Semaphore, ready: asyncio.Event) -> None:
        try:
            async with places:
                socket = await self._subscribed(index)
            ready.set()
            async for text in socket:
                self._take(orjson.loads(text), time.perf_counter())
        except (OSError, WebSocketException):
            pass
        if not self.over:
            self.cut_off += 1
        ready.set()

    async def _subscribed(self, index: int) -> ClientConnection:
        socket = await connect(
            f"ws://{HOST}:{self.port}/graphql",
            subprotocols=[Subprotocol("graphql-transport-ws")],
            proxy=None,
            compression=None,
            ping_interval=None,
            open_timeout=60,
        )
        await socket.send('{"type":"connection_init"}')
        await socket.recv()
        payload: dict[str, Any] = {"query": ALL}
        if (index + 1) % CROWD:
            payload = {"query": ONE, "variables": {"id": self.datasets[index % len(self.datasets)]}}
        await socket.send(orjson.dumps({"type": "subscribe", "id": "1", "payload": payload}).decode())
        return socket

    def _take(self, message: Any, at: float) -> None:
        if message["type"] != "next":
            self.cut_off += 1
            return
        self.told += 1
        changed = message["payload"]["data"].get("datasetChanged")
        if changed is not None:
            self.seen.append(Seen(changed["dataset"]["description"], at))
