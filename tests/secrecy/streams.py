"""What is heard of changes: a stream as a session has it, and as the other two doors send it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from framework.actions.session import Session
from framework.events.changes import ChangesOf, open_changes
from framework.events.feed import Feed
from framework.events.reading import Stream
from framework.naming import camel
from framework.rest.endpoints import Use
from framework.wire.filters import parse_filter
from tests.secrecy.doors import Answer, endpoint_of, plain, query_of
from tests.secrecy.graphql_door import camelled, selection_of
from tests.secrecy.library import GIVEN
from tests.secrecy.steps import Listening, Shown
from tests.secrecy.worlds import END
from tests.streamed import Asking, Streamed, streamed


@dataclass(frozen=True)
class Told:
    """Of which record something is told, if it is of one, and all that is told but the cursor; `over` with the last."""

    key: str | None
    text: str
    over: bool = False


class Hearing(Protocol):
    """What a stream tells, one thing after the other."""

    async def next(self) -> Told: ...


class NotOpened(Exception):
    """A stream that is refused, with what is said of that."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.told)
        self.answer = answer


def wanted(step: Listening) -> Mapping[str, Any] | None:
    """The filter of a stream, which lets the record through by which it is known that all is told."""
    if not step.filter:
        return None
    return {"or": [{"id": {"eq": str(END[step.resource])}}, step.filter]}


@dataclass(frozen=True)
class OfSession:
    """As Python callers have it."""

    stream: Stream[Any]

    async def next(self) -> Told:
        change = await anext(self.stream.items)
        shown = None if change.record is None else dict(change.record.loaded())
        entry = change.entry
        return Told(entry.target_id, plain([entry.type, entry.target_id, entry.data, shown]))


@dataclass(frozen=True)
class OfRest:
    """Events that REST sends."""

    response: Streamed

    async def next(self) -> Told:
        said = await _fields(self.response)
        data = orjson.loads(said.get("data") or "null")
        return Told(data.get("target_id"), plain([said["event"], {**data, "at": None}]), said["event"] == "problem")


@dataclass(frozen=True)
class OfGraphql:
    """Events that GraphQL sends."""

    response: Streamed

    async def next(self) -> Told:
        said = await _fields(self.response)
        found = orjson.loads(said.get("data") or "null")
        changed = found and found.get("data") and next(iter(found["data"].values()))
        return Told(changed and changed["id"], plain([said["event"], found]), said["event"] == "complete")


async def _fields(response: Streamed) -> Mapping[str, str]:
    """Those of the next event that says more than where one is."""
    while True:
        lines = (await response.chunk()).strip().splitlines()
        found = dict(line.split(":", 1) for line in lines if not line.startswith(":"))
        if "event" in found:
            return {name: value.strip() for name, value in found.items()}


@dataclass(frozen=True)
class Opening:
    """Where streams are opened: the session and the feed, or an application in which they are at hand."""

    session: Session
    feed: Feed
    app: Any
    closing: AsyncExitStack

    async def open(self, door: str, step: Listening) -> Hearing:
        """A stream through one of the doors. Raises NotOpened, and what the session refuses it by."""
        if door == "rest":
            return await self._rest(step)
        if door == "graphql":
            return await self._graphql(step)
        spec, domain = self.session.domain.resources[step.resource], self.session.domain
        query, filter_ = query_of(_shown(step)), wanted(step)
        if filter_ is not None:
            query = query.where(parse_filter(filter_, spec, domain))
        stream = await open_changes(self.session, self.feed, ChangesOf(spec, query))
        self.closing.push_async_callback(stream.items.aclose)
        return OfSession(stream)

    async def _rest(self, step: Listening) -> Hearing:
        path = endpoint_of(self.session.domain, step.resource, Use.CHANGES)
        return OfRest(await self._sent(Asking(path)))

    async def _graphql(self, step: Listening) -> Hearing:
        field, record = f"{camel(step.resource)}Changed", camel(step.resource)
        text = (
            f"subscription($filter: {step.resource}Filter, $after: String)"
            f"{{ {field}(filter: $filter, after: $after) {{ action id {record} {{ {selection_of(_shown(step))} }} }} }}"
        )
        # It is opened when it is first read from, which is some time after the answer has begun.
        variables = {"filter": camelled(wanted(step)), "after": await self.feed.end()}
        headers = {"content-type": "application/json", "accept": "text/event-stream"}
        body = plain({"query": text, "variables": variables}).encode()
        return OfGraphql(await self._sent(Asking("/graphql", method="POST", headers=headers, body=body)))

    async def _sent(self, asking: Asking) -> Streamed:
        response = await self.closing.enter_async_context(streamed(self.app, asking))
        if response.start["status"] != 200:
            raise NotOpened(Answer(False, f"{response.start['status']} {await response.chunk()}"))
        return response


def _shown(step: Listening) -> Shown:
    return Shown(("id", *GIVEN[step.resource]))
