"""The doorbell: wakes readers when something was committed. It may get lost; nothing depends on it but speed."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Protocol


class Doorbell(Protocol):
    """Rung after a commit; whoever waits looks into the log again."""

    async def ring(self) -> None:
        """Wakes everyone who waits, in every process."""
        ...

    async def wait(self, seconds: float) -> None:
        """Returns when the bell is rung, or after so many seconds."""
        ...

    async def close(self) -> None:
        """Lets go of what it holds."""
        ...


class LocalDoorbell:
    """A doorbell within one process."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    async def ring(self) -> None:
        """Wakes everyone who waits."""
        self._rung.set()

    async def wait(self, seconds: float) -> None:
        """Returns when the bell is rung, or after so many seconds."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._rung.wait(), seconds)
        self._rung.clear()

    async def close(self) -> None:
        """Holds nothing."""
