"""The feed: one reader a process, which hands every event to all subscribers that want it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from framework.errors import Invalid, Unavailable
from framework.events.entry import Entry, Interest
from framework.events.log import Log
from framework.events.log_position import LogPosition
from framework.telemetry import log

PAGE = 500


@dataclass(slots=True, eq=False)
class Subscriber:
    """One who listens: what is on its way to it, and whether it fell behind."""

    interest: Interest
    buffer: asyncio.Queue[Entry]
    behind: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def offer(self, entries: Sequence[Entry]) -> None:
        """Passes on what it wants; one that cannot keep up is told so, never silently skipped."""
        for entry in entries:
            if self.behind or not self.interest.wants(entry):
                continue
            if self.buffer.full():
                self.behind = True
            else:
                self.buffer.put_nowait(entry)
        self.news.set()


class Feed:
    """Follows the log and fans out; `capacity` entries may wait for each subscriber."""

    def __init__(self, source: Log, *, poll_seconds: float = 1.0, capacity: int = 1000) -> None:
        self._log = source
        self._poll_seconds = poll_seconds
        self._capacity = capacity
        self._subscribers: set[Subscriber] = set()
        self._reader: asyncio.Task[None] | None = None
        self._reached = LogPosition()

    async def subscribe(self, interest: Interest, after: str | None = None) -> AsyncGenerator[Entry, None]:
        """Every wanted event after the cursor, once and in order, for ever; with no cursor, those from now on.

        Raises Unavailable (`subscriber_behind`) when the caller is too slow: resume after the last cursor. Raises
        Invalid for what is no cursor of this log.
        """
        given = None if after is None else await self.reached(after)
        subscriber = Subscriber(interest, asyncio.Queue(self._capacity))
        end = await self._log.end() if given is None or not self._following else None
        position = given or end or LogPosition()
        self._join(subscriber, end or LogPosition())
        try:
            # Joined before looking back: what comes meanwhile waits in the buffer, and is known by its position.
            while entries := await self._log.after(position, interest, PAGE):
                for entry in entries:
                    yield entry
                position = entries[-1].position
            async with aclosing(self._live(subscriber, position)) as live:
                async for entry in live:
                    yield entry
        finally:
            self._subscribers.discard(subscriber)

    async def end(self) -> str:
        """The cursor of now: whatever is committed after this call comes after it."""
        return str(await self._log.end())

    async def reached(self, after: str) -> LogPosition:
        """The position of a cursor; raises Invalid for one that the log has not come to, as nobody was given it."""
        position = LogPosition.of(after)
        if position > await self._log.end():
            says = "this cursor lies beyond the end of the log"
            raise Invalid(says, code="bad_cursor", path=("after",), hint="use a cursor as it was given")
        return position

    async def last(self, interest: Interest) -> Entry | None:
        """The latest event that is wanted."""
        return await self._log.last(interest)

    async def goes_on(self, interest: Interest, entry: Entry) -> bool:
        """Whether the log has a later entry that is wanted."""
        return bool(await self._log.after(entry.position, interest, 1))

    async def close(self) -> None:
        """Stops following the log."""
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)

    async def _live(self, subscriber: Subscriber, position: LogPosition) -> AsyncGenerator[Entry, None]:
        while True:
            await subscriber.news.wait()
            subscriber.news.clear()
            while not subscriber.buffer.empty():
                entry = subscriber.buffer.get_nowait()
                if entry.position > position:
                    position = entry.position
                    yield entry
            if subscriber.behind:
                raise Unavailable(
                    "the subscriber fell behind: subscribe again after its last cursor",
                    code="subscriber_behind",
                    params={"cursor": str(position)},
                )

    @property
    def listeners(self) -> int:
        """How many subscribers there are."""
        return len(self._subscribers)

    @property
    def position(self) -> LogPosition | None:
        """How far it has read; None while nobody listens."""
        return self._reached if self._following else None

    @property
    def _following(self) -> bool:
        return self._reader is not None and not self._reader.done()

    def _join(self, subscriber: Subscriber, end: LogPosition) -> None:
        """Adds the subscriber; the first one starts the reader, at the end of the log."""
        self._subscribers.add(subscriber)
        if not self._following:
            self._reached = end
            self._reader = asyncio.create_task(self._follow(end))

    async def _follow(self, position: LogPosition) -> None:
        while self._subscribers:
            self._reached = position
            try:
                entries = await self._log.after(position, None, PAGE)
            except Exception as error:  # noqa: BLE001 - whatever it is, the subscribers go on waiting for it to pass
                log.warning("feed.waiting", error=type(error).__name__)
                await asyncio.sleep(self._poll_seconds)
                continue
            if entries:
                position = entries[-1].position
                for subscriber in tuple(self._subscribers):
                    subscriber.offer(entries)
            if len(entries) < PAGE:
                await self._log.doorbell.wait(self._poll_seconds)
