"""Ctrl-C, and the other ways of being told to end, taken in order: what was opened is closed first."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(slots=True)
class Interrupted:
    """Whether a signal ended the block, and which."""

    by: signal.Signals | None = None

    @property
    def code(self) -> int:
        """The exit code that says so, as shells do."""
        return 0 if self.by is None else 128 + self.by


@asynccontextmanager
async def until_interrupted() -> AsyncIterator[Interrupted]:
    """The first signal ends the block, quietly. Those after it change nothing: the end is under way, and bounded."""
    seen = Interrupted()
    task = asyncio.current_task()
    assert task is not None
    loop = asyncio.get_running_loop()

    def end(by: signal.Signals) -> None:
        if seen.by is None:
            seen.by = by
            task.cancel()

    for each in SIGNALS:
        loop.add_signal_handler(each, end, each)
    try:
        yield seen
    except asyncio.CancelledError:
        if seen.by is None:
            raise
        task.uncancel()
    finally:
        for each in SIGNALS:
            loop.remove_signal_handler(each)
