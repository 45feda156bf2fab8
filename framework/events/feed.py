"""The feed: one reader a process, which hands every event to all subscribers that want it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from framework.errors import Invalid, NotFound, Unavailable, code_of
from framework.events.entry import Entry, Interest
from framework.events.log import Log
from framework.events.log_epoch import cursor_expired, refuse_gone
from framework.events.log_position import LogPosition
from framework.events.shared_reads import SharedReads
from framework.events.subscribers import Subscriber, Subscribers
from framework.telemetry import log

PAGE = 500
MOST_SUBSCRIBERS = 2000
RETRY_AFTER_SECONDS = 5
# How soon the log is looked at again after a notice of what is not settled yet; twice as late each time.
SOON_SECONDS = 0.01


class Feed:
    """Follows the log and fans out; `capacity` entries may wait for each of `most` subscribers."""

    def __init__(
        self, source: Log, *, poll_seconds: float = 1.0, capacity: int = 1000, most: int = MOST_SUBSCRIBERS
    ) -> None:
        self._log = source
        self._poll_seconds = poll_seconds
        self._capacity, self._most = capacity, most
        self.reads = SharedReads()
        self._subscribers = Subscribers()
        self._reader: asyncio.Task[None] | None = None
        self._reached = LogPosition()
        self._fell_behind = 0

    async def subscribe(
        self, interest: Interest, after: str | LogPosition | None = None
    ) -> AsyncGenerator[Entry, None]:
        """Every wanted event after the cursor, once and in order, for ever; with no cursor, those from now on.

        Raises Unavailable (`subscriber_behind`) when the caller is too slow: resume after the last cursor; or where
        there are too many. Raises Invalid for what is no cursor of this log, and NotFound (`cursor_expired`) where
        something after it is gone.
        """
        given = await self.reached(after) if isinstance(after, str) else after
        subscriber = Subscriber(interest, asyncio.Queue(self._capacity))
        end = await self.now() if given is None or not self._following else None
        position = given or end or LogPosition()
        told_after, more = self._join(subscriber, end or LogPosition()), True
        try:
            # Joined before looking back: what comes meanwhile waits in the buffer, and is known by its position.
            while more and position < told_after:
                entries, more = await self._after(position, interest)
                for entry in entries:
                    yield entry
                    position = entry.position
            async with aclosing(self._live(subscriber, position)) as live:
                async for entry in live:
                    yield entry
        finally:
            self._subscribers.remove(subscriber)

    def refuse_if_full(self) -> None:
        """Raises Unavailable (`too_many_subscriptions`) where nobody else may subscribe now."""
        if len(self._subscribers) >= self._most:
            params = {"maximum": self._most, "retry_after": RETRY_AFTER_SECONDS}
            says = f"{self._most} subscriptions and streams are open in this process already"
            hint = "try again in a moment; end those that nobody looks at"
            raise Unavailable(says, code="too_many_subscriptions", params=params, hint=hint)

    async def end(self) -> str:
        """The cursor of now: whatever is committed after this call comes after it."""
        return str(await self.now())

    async def now(self) -> LogPosition:
        """The position that is the cursor of now."""
        return await self.reads.get("end of the log", None, self._log.end)

    async def reached(self, after: str) -> LogPosition:
        """The position of a cursor, or where the log begins for `0.0`.

        Raises NotFound (`cursor_expired`) for one of another epoch and for one after which events are gone, and Invalid
        for one that the log has not come to, as nobody was given it.
        """
        position, epoch = LogPosition.of(after), await self._log.epoch()
        if not position.epoch and position == LogPosition():
            return epoch.begins
        refuse_gone(position, epoch)
        if position > await self.now():
            says = "this cursor lies beyond the end of the log"
            raise Invalid(says, code="bad_cursor", path=("after",), hint="use a cursor as it was given")
        return position

    async def last(self, interest: Interest) -> Entry | None:
        """The latest event that is wanted."""
        return await self._log.last(interest)

    async def is_whole(self) -> bool:
        """Whether nothing of the log was ever removed."""
        return await self._log.is_whole()

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
            if subscriber.lost is not None:
                raise cursor_expired(subscriber.lost)
            if subscriber.behind:
                self._fell_behind += 1
                raise Unavailable(
                    "the subscriber fell behind: subscribe again after its last cursor",
                    code="subscriber_behind",
                    params={"cursor": str(position)},
                )

    async def _after(self, position: LogPosition, interest: Interest) -> tuple[list[Entry], bool]:
        """The next page, and whether it is full, so that there may be more.

        It is whole: where events were removed meanwhile that belong to it, that is told instead.

        A database that is away is waited for, as it is by those who listen; one that took too long is asked for less.
        """
        size = PAGE
        while True:
            try:
                entries = await self._log.following(position, interest, size)
            except Unavailable as failure:
                log.warning("feed.waiting", error=code_of(failure), page=size)
                size = smaller(size)
                await asyncio.sleep(self._poll_seconds)
            else:
                return entries, len(entries) == size

    @property
    def listeners(self) -> int:
        """How many subscribers there are."""
        return len(self._subscribers)

    @property
    def fell_behind(self) -> int:
        """How many there were that could not keep up."""
        return self._fell_behind

    @property
    def position(self) -> LogPosition | None:
        """How far it has read; None while nobody listens."""
        return self._reached if self._following else None

    @property
    def _following(self) -> bool:
        return self._reader is not None and not self._reader.done()

    def _join(self, subscriber: Subscriber, end: LogPosition) -> LogPosition:
        """Adds the subscriber; the first one starts the reader, at the end of the log. Gives where it is told from."""
        self.refuse_if_full()
        self._subscribers.add(subscriber)
        if not self._following:
            self._reached = end
            self._reader = asyncio.create_task(self._follow(end))
        return self._reached

    async def _follow(self, position: LogPosition) -> None:
        size, pause, notified = PAGE, self._poll_seconds, False
        while self._subscribers:
            try:
                entries = await self._log.following(position, None, size)
            except NotFound as failure:
                for subscriber in self._subscribers:
                    subscriber.end(failure.issues[0].message)
                return
            except Exception as error:  # noqa: BLE001 - whatever it is, the subscribers go on waiting for it to pass
                log.warning("feed.waiting", error=code_of(error), page=size)
                size = smaller(size)
                await asyncio.sleep(self._poll_seconds)
                continue
            if entries:
                # Whoever joins while it is told has to look back for all of it.
                position = self._reached = entries[-1].position
                await self._subscribers.tell(entries)
                pause = self._poll_seconds
            elif notified:
                # What was committed waits for a writer that began before, and whose end need not be notified.
                pause = SOON_SECONDS
            else:
                pause = min(2 * pause, self._poll_seconds)
            if len(entries) < size:
                size = PAGE
                notified = await self._log.doorbell.wait(min(pause, self._poll_seconds))


def smaller(page: int) -> int:
    """What is asked for after a page that was not answered: one of large events may take longer than it may."""
    return max(page // 5, 1)
