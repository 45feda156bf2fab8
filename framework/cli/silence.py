"""Listening to the pulse of a process that is kept, for the silence of one that hangs."""

from __future__ import annotations

import asyncio
import os
import time

LOOK_SECONDS = 0.5
# What a process may take until its first beat: it loads much, and may wait for its servers.
START_SECONDS = 120.0


async def silent(pipe: int, seconds: float) -> None:
    """Returns once nothing has come through the pipe for so long, never for 0; closes it when cancelled."""
    loop, heard = asyncio.get_running_loop(), _Heard(pipe)
    os.set_blocking(pipe, False)
    loop.add_reader(pipe, heard.listen)
    try:
        while True:
            due = time.monotonic() + LOOK_SECONDS
            await asyncio.sleep(LOOK_SECONDS)
            if time.monotonic() > due + LOOK_SECONDS:
                # We did not come by ourselves: what was sent meanwhile is heard first.
                heard.at = time.monotonic()
            allowed = seconds if heard.begun else max(seconds, START_SECONDS)
            if seconds and not heard.over and time.monotonic() - heard.at > allowed:
                return
    finally:
        loop.remove_reader(pipe)
        os.close(pipe)


class _Heard:
    """When something was heard last."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        self.at = time.monotonic()
        self.begun = self.over = False

    def listen(self) -> None:
        if os.read(self._pipe, 4096):
            self.at, self.begun = time.monotonic(), True
        else:
            # Nobody is left who could beat: that it has ended is told otherwise.
            self.over = True
            asyncio.get_running_loop().remove_reader(self._pipe)
