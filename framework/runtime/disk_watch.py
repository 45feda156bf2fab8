"""Whether something can be written to a folder, asked without ever waiting for a disk that hangs."""

from __future__ import annotations

import asyncio
import os
import tempfile
import threading
import time
from pathlib import Path

LOOK_SECONDS, KEPT_SECONDS = 2.0, 3.0
TRIED = b"\0" * 4096
HANGS = "the disk does not answer"


class DiskWatch:
    """Looks at one folder, every few seconds at most; one attempt is under way at a time, however often it is asked."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._found: str | None = None
        self._at = -KEPT_SECONDS
        self._trying: asyncio.Future[str | None] | None = None

    @property
    def there(self) -> bool:
        """Whether there is such a folder: without one, nothing is written by this installation on this machine."""
        return self._folder.exists()

    async def fault(self) -> str | None:
        """Why nothing can be written there; None where something can."""
        if time.monotonic() - self._at <= KEPT_SECONDS:
            return self._found
        if self._trying is None:
            self._trying = self._begun()
        try:
            self._found = await asyncio.wait_for(asyncio.shield(self._trying), LOOK_SECONDS)
        except TimeoutError:
            return HANGS
        self._trying, self._at = None, time.monotonic()
        return self._found

    def _begun(self) -> asyncio.Future[str | None]:
        """In a thread that nobody waits for at the end of the process."""
        loop = asyncio.get_running_loop()
        found: asyncio.Future[str | None] = loop.create_future()

        def look() -> None:
            said = _tried(self._folder)
            if not loop.is_closed():
                loop.call_soon_threadsafe(found.set_result, said)

        threading.Thread(target=look, name="disk-watch", daemon=True).start()
        return found


def _tried(folder: Path) -> str | None:
    """A full disk may have room for a name, and an absent one for what is not sent to it yet."""
    try:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
            file.write(TRIED)
            os.fsync(file)
    except OSError as error:
        return f"nothing can be written to the data folder: {error.strerror or error}"
    return None
