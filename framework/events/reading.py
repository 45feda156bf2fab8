"""The one door to events as they happen: a stream tells what the reads would find for its session, and nothing else.

A stream is opened before anything of it is told. Whoever may not have it, or asks for what is not there, hears so from
that `await`, when a transport can still answer with a status of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

from framework.actions.cast import cast_id
from framework.actions.permission.todays_actors import TodaysActors
from framework.actions.query import Query
from framework.actions.read import condition
from framework.actions.session import Session
from framework.errors import Invalid, NotFound
from framework.events.entry import Entry, Interest
from framework.events.event import Event
from framework.events.feed import Feed
from framework.expr.evaluate import holds
from framework.expr.nodes import Function, Node
from framework.spec.resource import ResourceSpec

T = TypeVar("T")
# How often whoever listens is looked at while there is nothing to tell.
LOOK_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Stream(Generic[T]):
    """A stream that was granted: the cursor it begins after, and the items to come."""

    start: str
    items: AsyncGenerator[T, None]


@dataclass(frozen=True, slots=True)
class EventSubject:
    """An event as a condition sees it: its own values, which never change, and nothing around it."""

    entry: Entry

    @property
    def key(self) -> Any:
        """Its primary key."""
        return self.entry.row["seq"]

    def value(self, name: str) -> Any:
        """Its value of that name."""
        return self.entry.row[name]

    def related(self, link: str) -> Sequence[Self]:
        """No event has links."""
        raise LookupError(f"an event has no link `{link}`")

    def whole(self) -> Self:
        """Nothing is hidden of an event that was read already."""
        return self

    def ask(self, function: Function) -> Any:
        """No store is asked about an event that was read already."""
        raise LookupError(f"`{function}` is not known of an event that was read already")


async def open_events(session: Session, feed: Feed, interest: Interest, after: str | None = None) -> Stream[Entry]:
    """Every wanted event after the cursor, or from now on, by the conditions that events are read on.

    Whoever opens it settles what its session may see of the records. Raises Unavailable where there are too many
    streams, then Invalid for what is no cursor of this log, and NotFound (`cursor_expired`) where something after it is
    gone. Every process reads the log once for all its streams, so what may be read is decided here, in the process.
    """
    reader = session.domain.of(Event).actions["browse"]
    own = session.as_system("what is told of an event goes by the record it happened to")
    allowed = await condition(own, reader, Query(), {})
    feed.refuse_if_full()
    start = await feed.now() if after is None else await feed.reached(after)
    told = feed.subscribe(interest, start)
    entries = _readable(told if session.scope is None else _of_tenant(told, session.context.tenant), allowed)
    return Stream(str(start), _while_unchanged(session, entries))


async def _while_unchanged(session: Session, entries: AsyncGenerator[Entry, None]) -> AsyncGenerator[Entry, None]:
    """The entries for as long as whoever listens is who they were; raises Unauthenticated then, in a silence too."""
    actors: TodaysActors | None = session.services.get(TodaysActors)
    upcoming: asyncio.Future[Entry | None] | None = None
    async with aclosing(entries):
        try:
            while True:
                upcoming = upcoming or asyncio.ensure_future(anext(entries, None))
                await asyncio.wait((upcoming,), timeout=LOOK_SECONDS)
                if actors is not None:
                    await actors.refuse_changed(session.context)
                if not upcoming.done():
                    continue
                entry, upcoming = upcoming.result(), None
                if entry is None:
                    return
                yield entry
        finally:
            if upcoming is not None:
                # Nobody is there to hear what it would have told, or how it failed.
                upcoming.cancel()
                await asyncio.gather(upcoming, return_exceptions=True)


async def existing_key(session: Session, resource: ResourceSpec, key: Any) -> str:
    """A record's key as events name it; raises NotFound where the session finds none, Invalid for what is no key."""
    typed, issues = cast_id(resource, key)
    if issues:
        raise Invalid.of(issues)
    if resource.reader is not None:
        query = Query().selecting(resource.key.name)
        if await session.find(resource.reader, [typed], query) == [None]:
            raise NotFound.record(resource.name, typed)
    return str(typed)


async def still_seen(session: Session, resource: ResourceSpec, key: str) -> bool:
    """Whether the session, as things are now, finds the record."""
    if session.scope is None or resource.reader is None:
        return True
    return await session.find(resource.reader, [key], Query().selecting(resource.key.name)) != [None]


async def _of_tenant(told: AsyncGenerator[Entry, None], tenant: str | None) -> AsyncGenerator[Entry, None]:
    async with aclosing(told) as entries:
        async for entry in entries:
            if entry.tenant in (None, tenant):
                yield entry


async def _readable(told: AsyncGenerator[Entry, None], allowed: Node) -> AsyncGenerator[Entry, None]:
    async with aclosing(told) as entries:
        async for entry in entries:
            if holds(allowed, EventSubject(entry)):
                yield entry
