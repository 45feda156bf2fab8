"""Calls that take much memory for as long as they last: so many at once in a process, however many are asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from framework.errors import Unavailable
from framework.places import Places

RETRY_AFTER_SECONDS = 5


class HeavyCalls:
    """Among the services of every session; each kind has `most` places of its own, waited for for so many seconds."""

    def __init__(self, most: int, seconds: float) -> None:
        self._places, self._seconds = Places(most), seconds

    @asynccontextmanager
    async def one(self, kind: str) -> AsyncIterator[None]:
        """One of them, for as long as the block lasts; Unavailable (`process_busy`) if its turn is not in time."""
        most = self._places.most
        params = {"kind": kind, "most": most, "retry_after": RETRY_AFTER_SECONDS}
        says = f"this process is at work on {most} calls of this kind already ({kind})"
        busy = Unavailable(says, code="process_busy", params=params, hint="try again when one of them is over")
        await self._places.take(kind, seconds=self._seconds, busy=busy)
        try:
            yield
        finally:
            self._places.give_back(kind)
