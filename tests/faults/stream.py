"""A subscriber over `graphql-transport-ws`, who can be cut off and knows where it was."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from framework.testing.until import LOOK_SECONDS, PATIENCE

PROGRESS = """subscription ($id: ID!, $after: String) { optimizationProgress(id: $id, after: $after) {
    cursor state error progress { phase trial trials score bestScore calls tokens } } }"""
DONE = """subscription ($id: ID!, $after: String) { evaluationProgress(id: $id, after: $after) {
    cursor state error progress { done total failed } } }"""


class CutOff(Exception):
    """The connection was lost, or the stream ended with an error; the last cursor is where to go on."""


@dataclass(slots=True)
class Watcher:
    """Watches one record's job; `seen` is everything it was told, over all its connections."""

    url: str
    id: str
    document: str = PROGRESS
    seen: list[Mapping[str, Any]] = field(default_factory=list)
    complaints: list[Any] = field(default_factory=list)
    connections: int = 0
    patience: float = PATIENCE

    def another(self) -> Watcher:
        """Somebody else who watches the same from the beginning."""
        return Watcher(self.url, self.id, self.document)

    @property
    def ended(self) -> bool:
        """Whether it was told of the end."""
        return bool(self.seen) and self.seen[-1]["state"] != "running"

    @property
    def trials(self) -> list[int]:
        """The numbers of the trials that it was told of, each time they changed."""
        numbers = [entry["progress"]["trial"] for entry in self.seen if entry["progress"]]
        return [new for old, new in zip([0, *numbers], numbers, strict=False) if new != old]

    @property
    def story(self) -> list[Any]:
        """What it was told, without where and when."""
        return [(entry["state"], entry["error"], entry["progress"]) for entry in self.seen]

    @property
    def in_order(self) -> bool:
        """Whether every cursor is greater than the one before."""
        places = [tuple(int(part) for part in entry["cursor"].split(".")[1:]) for entry in self.seen]
        return all(one < other for one, other in pairwise(places))

    async def until_trial(self, number: int) -> None:
        """Watches until so many trials were told of, then hangs up."""
        while not self.trials or self.trials[-1] < number:
            assert not self.ended, self.seen[-1]
            await self._watch_once(number)

    async def until_end(self) -> None:
        """Watches to the end, however often it is cut off."""
        async with asyncio.timeout(self.patience):
            while not self.ended:
                await self._watch_once(None)

    async def _watch_once(self, number: int | None) -> None:
        try:
            async with aclosing(self._entries()) as entries:  # type: ignore[type-var]  # an async generator
                async for entry in entries:
                    self.seen.append(entry)
                    if number is not None and self.trials and self.trials[-1] >= number:
                        return
        except (OSError, WebSocketException, CutOff):
            await asyncio.sleep(LOOK_SECONDS)

    async def _entries(self) -> AsyncIterator[Mapping[str, Any]]:
        address = f"ws{self.url.removeprefix('http')}/graphql"
        async with connect(address, subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None) as socket:
            self.connections += 1
            await socket.send(json.dumps({"type": "connection_init"}))
            async for text in socket:
                message = json.loads(text)
                match message["type"]:
                    case "connection_ack":
                        after = self.seen[-1]["cursor"] if self.seen else None
                        payload = {"query": self.document, "variables": {"id": self.id, "after": after}}
                        await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
                    case "next" if message["payload"].get("data"):
                        yield next(iter(message["payload"]["data"].values()))
                    case "next" | "error" as kind:
                        errors = message["payload"] if kind == "error" else message["payload"]["errors"]
                        self.complaints.extend(error.get("extensions", {}).get("code") for error in errors)
                        raise CutOff
                    case "complete":
                        return
