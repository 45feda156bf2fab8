"""Events brought from the threads of a search to its observer, one after the other and in order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from framework.lm.calls.cancellation import Cancellation
from framework.lm.optimize.events import Event

Observe = Callable[[Event], Awaitable[None]]


async def no_observer(event: Event) -> None:
    """The observer of a run that nobody watches."""


class ProgressReporter:
    """The way from a search to its observer. An observer that fails cancels the run, and its error is the run's."""

    def __init__(self, observe: Observe, cancellation: Cancellation) -> None:
        self._loop = asyncio.get_running_loop()
        self._observe = observe
        self._cancellation = cancellation
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()
        self._pump = asyncio.ensure_future(self._deliver())
        self._closed = False

    def report(self, event: Event) -> None:
        """Bring an event to the observer; from any thread."""
        if not self._closed and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._events.put_nowait, event)

    async def close(self) -> None:
        """Wait until everything reported was observed; what is reported later is dropped."""
        self._closed = True
        self._loop.call_soon(self._events.put_nowait, None)
        await self._pump

    async def _deliver(self) -> None:
        try:
            while (event := await self._events.get()) is not None:
                await self._observe(event)
        except Exception:
            self._closed = True
            self._cancellation.cancel()
            raise
