"""So many at once for each kind, a bounded wait for those beyond: what one holds up is not held up for others."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Hashable
from contextlib import suppress
from dataclasses import dataclass, field

from framework.errors import Unavailable

RETRY_AFTER_SECONDS = 1


@dataclass(slots=True)
class _Kind:
    taken: int = 0
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)


class Places:
    """Places by kind. They may be taken on any event loop, and given back in any thread."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._lock = threading.Lock()
        self._kinds: dict[Hashable, _Kind] = {}

    async def take(self, kind: Hashable, *, seconds: float, busy: Unavailable) -> None:
        """Take a place, in the order of asking; `busy` is raised when none is free in so many seconds."""
        with self._lock:
            places = self._kinds.setdefault(kind, _Kind())
            if places.taken < self.most:
                places.taken += 1
                return
            turn = asyncio.get_running_loop().create_future()
            places.waiting.append(turn)
        given = False
        try:
            done, _ = await asyncio.wait({turn}, timeout=None if seconds == float("inf") else seconds)
            given = bool(done)
        finally:
            if not given:
                self._leave(kind, turn)
        if not given:
            raise busy

    def take_free(self, kind: Hashable) -> bool:
        """Take a place if there is one, without waiting; whether there was."""
        with self._lock:
            places = self._kinds.setdefault(kind, _Kind())
            if places.taken >= self.most:
                return False
            places.taken += 1
            return True

    def give_back(self, kind: Hashable) -> None:
        """Hand a place to whoever has waited longest, or leave it free."""
        with self._lock:
            places = self._kinds[kind]
            while places.waiting:
                turn = places.waiting.popleft()
                # A loop that was closed meanwhile waits for nothing.
                with suppress(RuntimeError):
                    turn.get_loop().call_soon_threadsafe(turn.set_result, None)
                    return
            places.taken -= 1
            if not places.taken:
                del self._kinds[kind]

    def standing(self) -> dict[Hashable, tuple[int, int]]:
        """For each kind how many are taken, and how many wait for one."""
        with self._lock:
            return {kind: (places.taken, len(places.waiting)) for kind, places in self._kinds.items()}

    def _leave(self, kind: Hashable, turn: asyncio.Future[None]) -> None:
        """Wait no more; a place that was handed over at that very moment is passed on."""
        with self._lock:
            waiting = self._kinds[kind].waiting
            queued = turn in waiting
            if queued:
                waiting.remove(turn)
        if not queued:
            self.give_back(kind)
