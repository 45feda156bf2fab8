"""What was looked up a moment ago."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Remembered(Generic[K, V]):
    """Answers for some seconds what it has looked up; of more than `most` the oldest are forgotten."""

    def __init__(self, look_up: Callable[[K], Awaitable[V]], *, seconds: float, most: int) -> None:
        self._look_up, self._seconds, self._most = look_up, seconds, most
        self._known: dict[K, tuple[float, V]] = {}
        self._since = 0

    async def get(self, key: K) -> V:
        """What is known of it, or looked up now."""
        known = self._known.get(key)
        if known is not None and time.monotonic() < known[0]:
            return known[1]
        begun, until = self._since, time.monotonic() + self._seconds
        value = await self._look_up(key)
        # What was looked up before everything was forgotten may be what changed.
        if begun == self._since:
            self._known.pop(key, None)
            self._known[key] = (until, value)
            if len(self._known) > self._most:
                del self._known[next(iter(self._known))]
        return value

    def forget(self) -> None:
        """Everything is looked up again."""
        self._since += 1
        self._known.clear()
