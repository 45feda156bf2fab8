"""How a folder's disk is, asked without ever waiting for one that hangs."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

LOOK_SECONDS, KEPT_SECONDS = 2.0, 3.0
TRIED = b"\0" * 4096
HANGS = "the disk does not answer"


@dataclass(frozen=True, slots=True)
class Disk:
    """What was found: why nothing can be written to the folder, and the room where it lies.

    Without such a folder, nothing is written by this installation on this machine.
    """

    is_there: bool
    fault: str | None = None
    free_bytes: int | None = None


class DiskWatch:
    """Looks at one folder, every few seconds at most; one look is under way at a time, however often it is asked."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._found = Disk(is_there=False)
        self._at = -KEPT_SECONDS
        self._looking: asyncio.Future[Disk] | None = None

    async def look(self) -> Disk:
        """What is so, or was a moment ago."""
        if time.monotonic() - self._at <= KEPT_SECONDS:
            return self._found
        if self._looking is None:
            self._looking = self._begun()
        try:
            self._found = await asyncio.wait_for(asyncio.shield(self._looking), LOOK_SECONDS)
        except TimeoutError:
            return Disk(is_there=True, fault=HANGS)
        self._looking, self._at = None, time.monotonic()
        return self._found

    def _begun(self) -> asyncio.Future[Disk]:
        """In a thread that nobody waits for at the end of the process."""
        loop = asyncio.get_running_loop()
        looking: asyncio.Future[Disk] = loop.create_future()

        def look() -> None:
            found = _found(self._folder)
            if not loop.is_closed():
                loop.call_soon_threadsafe(looking.set_result, found)

        threading.Thread(target=look, name="disk-watch", daemon=True).start()
        return looking


def _found(folder: Path) -> Disk:
    """A full disk may have room for a name, and an absent one for what is not sent to it yet."""
    free = None
    try:
        if not folder.exists():
            return Disk(is_there=False)
        free = shutil.disk_usage(folder).free
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
            file.write(TRIED)
            os.fsync(file)
    except OSError as error:
        says = f"nothing can be written to the data folder: {error.strerror or error}"
        return Disk(is_there=True, fault=says, free_bytes=free)
    return Disk(is_there=True, free_bytes=free)
