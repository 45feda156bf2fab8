"""The one door to events as they happen: a stream tells what the read of `Event` would find for its session."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Self

from framework.actions.query import Query
from framework.actions.read import condition
from framework.actions.session import Session
from framework.events.entry import Entry, Interest
from framework.events.event import Event
from framework.events.feed import Feed
from framework.expr.evaluate import holds
from framework.expr.nodes import Function


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

    def ask(self, function: Function) -> Any:
        """No store is asked about an event that was read already."""
        raise LookupError(f"`{function}` is not known of an event that was read already")


async def readable(
    session: Session, feed: Feed, interest: Interest, after: str | None = None
) -> AsyncGenerator[Entry, None]:
    """Every wanted event after the cursor that the session may read; raises Forbidden when that is none at all.

    Every process reads the log once for all its streams, so what a session may read is decided here, in the process.
    """
    reader = session.domain.of(Event).actions["browse"]
    allowed = await condition(session, reader, Query(), {})
    async with aclosing(feed.subscribe(interest, after)) as entries:
        async for entry in entries:
            if holds(allowed, EventSubject(entry)):
                yield entry
