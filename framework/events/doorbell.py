"""The doorbell: wakes readers when something was committed. It may get lost; nothing depends on it but speed."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Protocol


class Doorbell(Protocol):
    """Notified after a commit; whoever waits looks into the log again."""

    async def notify(self) -> None:
        """Wakes everyone who waits, in every process."""
        ...

    async def wait(self, seconds: float) -> None:
        """Returns when it is notified, or after so many seconds."""
        ...

    async def close(self) -> None:
        """Lets go of what it holds."""
        ...


class LocalDoorbell:
    """A doorbell within one process."""

    def __init__(self) -> None:
        self._notified = asyncio.Event()

    async def notify(self) -> None:
        """Wakes everyone who waits."""
        self._notified.set()

    async def wait(self, seconds: float) -> None:
        """Returns when it is notified, or after so many seconds."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._notified.wait(), seconds)
        self._notified.clear()

    async def close(self) -> None:
        """Holds nothing."""
