"""Those who listen to the log in one process: who wants an event is looked up, and never asked of each of them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from framework.events.entry import Entry, Interest

# So many entries are handed on before whatever else the process does has its turn.
AT_ONCE = 1000


@dataclass(slots=True, eq=False)
class Subscriber:
    """One who listens: what is on its way to it, whether it fell behind, and why it cannot be told what comes next."""

    interest: Interest
    buffer: asyncio.Queue[Entry]
    behind: bool = False
    lost: str | None = None
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def offer(self, entry: Entry) -> None:
        """Passes on what it wants; one that cannot keep up is told so, never silently skipped."""
        if self.buffer.full():
            self.behind = True
        if not self.behind:
            self.buffer.put_nowait(entry)
        self.news.set()

    def end(self, says: str) -> None:
        """Tells it, after all that is on its way, why it cannot go on."""
        self.lost = says
        self.news.set()


class Subscribers:
    """All of them, by what they want: a type of events and the record that they are about, any where it is None."""

    def __init__(self) -> None:
        self._all: set[Subscriber] = set()
        self._wanting: defaultdict[tuple[str, str | None], set[Subscriber]] = defaultdict(set)

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Subscriber]:
        return iter(tuple(self._all))

    def add(self, subscriber: Subscriber) -> None:
        """From now on it is told what it wants."""
        self._all.add(subscriber)
        for kind in subscriber.interest.types:
            self._wanting[kind, subscriber.interest.target_id].add(subscriber)

    def remove(self, subscriber: Subscriber) -> None:
        """It is told nothing any more."""
        self._all.discard(subscriber)
        for kind in subscriber.interest.types:
            wanted = kind, subscriber.interest.target_id
            self._wanting[wanted].discard(subscriber)
            if not self._wanting[wanted]:
                del self._wanting[wanted]

    async def tell(self, entries: Sequence[Entry]) -> None:
        """Hands each entry to all who want it."""
        told = 0
        for entry in entries:
            for subscriber in self._who_want(entry):
                subscriber.offer(entry)
                told += 1
                if told % AT_ONCE == 0:
                    await asyncio.sleep(0)

    def _who_want(self, entry: Entry) -> list[Subscriber]:
        found = (self._wanting.get((entry.type, about), ()) for about in (None, entry.target_id))
        return [subscriber for some in found for subscriber in some]
