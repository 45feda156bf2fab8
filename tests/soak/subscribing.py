"""Subscribers who resume by cursor: each is told of every event once, in order, through all of its connections."""

from __future__ import annotations

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from framework.testing.until import until
from tests.soak.part import Verdict
from tests.soak.tables import Tables

CHANGED = """subscription ($after: String) { changed: %s(after: $after) { cursor action id } }"""
# A stream that was cut off, in whichever way.
CUT_OFF = (OSError, httpx.TransportError, WebSocketException, EOFError)
PATIENCE = 120.0


@dataclass(slots=True)
class Subscriber(ABC):
    """One of them: what it is told of, by which transport, and everything it was told."""

    url: str
    resource: str
    start: str
    seen: list[tuple[str, str]] = field(default_factory=list)
    connections: int = 0
    refusals: list[str] = field(default_factory=list)

    @property
    def after(self) -> str:
        """Where it goes on."""
        return self.seen[-1][0] if self.seen else self.start

    async def follow(self) -> None:
        """For ever, however often it is cut off."""
        while True:
            try:
                async with aclosing(self.items()) as items:  # type: ignore[type-var]  # an async generator
                    async for item in items:
                        self.seen.append(item)
            except CUT_OFF:
                await asyncio.sleep(0.1)

    @abstractmethod
    def items(self) -> AsyncIterator[tuple[str, str]]:
        """Cursor and record of each change, until it is cut off."""


class OverEvents(Subscriber):
    """Server-Sent Events of REST."""

    async def items(self) -> AsyncIterator[tuple[str, str]]:
        path = f"{self.url}/api/{self.resource}s/changes"
        timeout = httpx.Timeout(30.0, connect=5.0)
        async with (
            httpx.AsyncClient(trust_env=False, timeout=timeout) as client,
            client.stream("GET", path, params={"after": self.after}) as response,
        ):
            if response.status_code != httpx.codes.OK:
                self.refusals.append(f"{response.status_code} {(await response.aread())[:300]!r}")
                raise EOFError
            self.connections += 1
            cursor = ""
            async for line in response.aiter_lines():
                word, _, said = line.partition(": ")
                if word == "id":
                    cursor = said
                elif word == "event" and said == "problem":
                    raise EOFError
                elif word == "data":
                    yield cursor, json.loads(said)["target_id"]


class OverSocket(Subscriber):
    """`graphql-transport-ws`."""

    async def items(self) -> AsyncIterator[tuple[str, str]]:
        address = f"ws{self.url.removeprefix('http')}/graphql"
        async with connect(address, subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None) as socket:
            self.connections += 1
            await socket.send(json.dumps({"type": "connection_init"}))
            async for text in socket:
                message: Any = json.loads(text)
                match message["type"]:
                    case "connection_ack":
                        payload = {"query": CHANGED % f"{self.resource}Changed", "variables": {"after": self.after}}
                        await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
                    case "next" if message["payload"].get("data"):
                        changed = message["payload"]["data"]["changed"]
                        yield changed["cursor"], changed["id"]
                    case "next" | "error":
                        raise EOFError


@dataclass(slots=True)
class Subscribing:
    """Five of them, from the same moment on."""

    url: str
    tables: Tables
    subscribers: list[Subscriber] = field(default_factory=list)
    following: list[asyncio.Task[None]] = field(default_factory=list)

    async def prepare(self) -> None:
        """They begin where a stream that is opened now does."""
        cursor = await _now(self.url)
        over_events = [OverEvents(self.url, resource, cursor) for resource in ("execution", "dataset")]
        over_socket = [OverSocket(self.url, resource, cursor) for resource in ("execution", "trial", "optimization")]
        self.subscribers = [*over_events, *over_socket]

    async def work(self, over: asyncio.Event) -> None:
        """They follow until all is settled."""
        self.following = [asyncio.create_task(each.follow()) for each in self.subscribers]
        await over.wait()

    async def settle(self) -> None:
        """Waits until each has come to the last event, then hangs up."""
        try:
            await until(self._caught_up, seconds=PATIENCE)
        finally:
            for task in self.following:
                task.cancel()
            await asyncio.gather(*self.following, return_exceptions=True)

    async def verdicts(self, tables: Tables) -> Sequence[Verdict]:
        """What each was told is what the table holds."""
        broken, of = [], 0
        for each in self.subscribers:
            wanted = await self._told(each)
            of += len(wanted)
            if each.seen != wanted:
                missing, more = set(wanted) - set(each.seen), set(each.seen) - set(wanted)
                twice = len(each.seen) - len(set(each.seen))
                broken.append(
                    f"{type(each).__name__} of {each.resource}: {len(missing)} missing {sorted(missing)[:3]}, "
                    f"{len(more)} that are not there {sorted(more)[:3]}, {twice} twice, in order: {_ordered(each.seen)}"
                )
        connections = sum(each.connections for each in self.subscribers)
        return (Verdict(f"subscribers see every event once, in order ({connections} connections)", of, broken),)

    async def _caught_up(self) -> bool:
        return all([each.after == (await self._told(each) or [(each.start, "")])[-1][0] for each in self.subscribers])

    async def _told(self, subscriber: Subscriber) -> list[tuple[str, str]]:
        epoch, *place = subscriber.start.split(".")
        question = """SELECT %s || '.' || transaction || '.' || seq AS cursor, target_id FROM events
            WHERE type LIKE %s AND type NOT LIKE %s AND (transaction, seq) > (%s, %s) ORDER BY transaction, seq"""
        # The reports of a record's jobs are a stream of their own.
        names = (f"{subscriber.resource}.%", f"{subscriber.resource}.%.%")
        rows = await self.tables.rows(question, epoch, *names, *map(int, place))
        return [(row["cursor"], row["target_id"]) for row in rows]


async def _now(url: str) -> str:
    """The cursor that a stream says first."""
    async with (
        httpx.AsyncClient(trust_env=False, timeout=30.0) as client,
        client.stream("GET", f"{url}/api/executions/changes") as response,
    ):
        async for line in response.aiter_lines():
            if line.startswith("id: "):
                return line.removeprefix("id: ")
    raise EOFError(f"the stream said no cursor: {response.status_code}")


def _ordered(seen: Sequence[tuple[str, str]]) -> bool:
    places = [tuple(map(int, cursor.split(".")[1:])) for cursor, _ in seen]
    return all(one < other for one, other in pairwise(places))
