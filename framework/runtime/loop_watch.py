"""How late the event loop is, measured all the time; what held it up is logged with where it was."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

from framework.telemetry import log

# How often the loop is asked to come by.
EVERY_SECONDS = 0.1
# One that has not come by for so long may never: it is told while it is held.
HUNG_SECONDS = 5.0
FRAMES = 12


@dataclass(slots=True)
class _Beat:
    """When the loop came by last, and where it was found when it did not."""

    at: float
    where: str = ""
    told: bool = False


class LoopWatch:
    """Passes on each delay of the loop, in seconds, to `observe`; logs `loop.held` for one of `held_seconds` or more.

    A thread looks on from outside: only that can tell where a loop is that does not come by.
    """

    def __init__(self, observe: Callable[[float], object], *, held_seconds: float) -> None:
        self._observe = observe
        self._held_seconds = held_seconds

    async def watch(self) -> None:
        """Watches the loop that this runs on, until cancelled."""
        beat, over = _Beat(time.monotonic()), threading.Event()
        looker = threading.Thread(
            target=self._look_on, args=(beat, over, threading.get_ident()), name="loop-watch", daemon=True
        )
        looker.start()
        try:
            while True:
                due = time.monotonic() + EVERY_SECONDS
                await asyncio.sleep(EVERY_SECONDS)
                self._came_by(beat, max(time.monotonic() - due, 0.0))
        finally:
            over.set()

    def _came_by(self, beat: _Beat, delay: float) -> None:
        self._observe(delay)
        if delay >= self._held_seconds:
            log.warning("loop.held", seconds=round(delay, 3), where=beat.where)
        beat.at, beat.where, beat.told = time.monotonic(), "", False

    def _look_on(self, beat: _Beat, over: threading.Event, thread: int) -> None:
        while not over.wait(EVERY_SECONDS):
            late = time.monotonic() - beat.at - EVERY_SECONDS
            if late < self._held_seconds:
                continue
            if not beat.where:
                beat.where = _where(sys._current_frames().get(thread))  # noqa: SLF001 - its documented name
            if late >= max(HUNG_SECONDS, self._held_seconds) and not beat.told:
                beat.told = True
                log.error("loop.hangs", seconds=round(late, 3), where=beat.where)


def _where(frame: FrameType | None) -> str:
    """The innermost frames, each as `file:line function`, the outermost first."""
    found = [] if frame is None else traceback.extract_stack(frame, limit=FRAMES)
    return " > ".join(f"{each.filename}:{each.lineno} {each.name}" for each in found)
