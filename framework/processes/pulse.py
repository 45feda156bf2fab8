"""The pulse of a process that is kept by another: what does its work shows, again and again, that it goes on."""

from __future__ import annotations

import os
import time
from contextlib import suppress

EVERY_SECONDS = 0.5


class Pulse:
    """Beats through a pipe, if there is one. Whoever listens takes a long silence for a process that hangs."""

    def __init__(self, pipe: int | None = None) -> None:
        self._pipe = pipe
        self._at = -EVERY_SECONDS
        if pipe is not None:
            os.set_blocking(pipe, False)
            # What this process starts is not to beat for it.
            os.set_inheritable(pipe, False)  # noqa: FBT003 - Python's

    def beat(self) -> None:
        """Shows it; to be called from the loop that does the work, as often as it comes by."""
        now = time.monotonic()
        if self._pipe is None or now - self._at < EVERY_SECONDS:
            return
        self._at = now
        # A listener that has gone, or that does not come to listen, is no reason to stop.
        with suppress(OSError):
            os.write(self._pipe, b".")
