"""Whether this process is about to end, and what waits for something else is to give it up."""

from __future__ import annotations

import asyncio


class Stopping:
    """Shown once, on the loop of the process that serves; never in one that has no such end."""

    def __init__(self) -> None:
        self._shown = asyncio.Event()

    def begin(self) -> None:
        """From now on nothing is waited for."""
        self._shown.set()

    async def wait(self) -> None:
        """Returns once it is."""
        await self._shown.wait()
