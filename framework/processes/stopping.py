"""Whether this process is about to end: what is new is refused, then what waits for something else gives it up."""

from __future__ import annotations

import asyncio


class Stopping:
    """Shown in two steps, on the loop of the process that serves; never in one that has no such end."""

    def __init__(self) -> None:
        self._announced, self._shown = asyncio.Event(), asyncio.Event()

    def announce(self) -> None:
        """From now on nothing new is begun."""
        self._announced.set()

    def begin(self) -> None:
        """From now on nothing is waited for."""
        self._announced.set()
        self._shown.set()

    async def announced(self) -> None:
        """Returns once nothing new is begun."""
        await self._announced.wait()

    async def wait(self) -> None:
        """Returns once nothing is waited for."""
        await self._shown.wait()
