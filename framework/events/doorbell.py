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

    async def wait(self, seconds: float) -> bool:
        """Returns when it is notified, or after so many seconds: whether it was."""
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

    async def wait(self, seconds: float) -> bool:
        """Returns when it is notified, or after so many seconds: whether it was."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._notified.wait(), seconds)
        notified = self._notified.is_set()
        self._notified.clear()
        return notified

    async def close(self) -> None:
        """Holds nothing."""
