"""Whether a process of a worker goes on: it beats, unless its loop works and does not come by."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Protocol

from framework.processes.pulse import EVERY_SECONDS
from framework.telemetry import log

# A loop that takes messages comes by every two seconds, one that runs a job more often.
SILENT_SECONDS = 5.0


class Beats(Protocol):
    """What shows to somebody else that this process goes on."""

    def beat(self) -> None:
        """Shows it."""


class FilePulse:
    """Shows it by touching a file, for whoever looks at the age of that; and to whoever is shown it besides."""

    def __init__(self, file: Path, besides: Beats) -> None:
        self._file, self._besides = file, besides
        self._shown = True

    def beat(self) -> None:
        """Shows it to both."""
        self._besides.beat()
        try:
            self._file.touch()
        except OSError as error:
            if self._shown:
                log.warning("worker.pulse_not_shown", error=type(error).__name__)
            self._shown = False
        else:
            self._shown = True


class GoingOn:
    """The pulse of a process. While the first waits for its servers, or another for a job, there is no loop, and a
    thread alone can beat."""

    def __init__(self, pulse: Beats) -> None:
        self._pulse = pulse
        self._at: float | None = None

    def begin(self) -> None:
        """From now on it beats; what is forked has no such thread."""
        threading.Thread(target=self._beat_for_ever, name="going-on", daemon=True).start()

    def come_by(self) -> None:
        """The loop is there, and works."""
        self._at = time.monotonic()

    def rest(self) -> None:
        """It has nothing to do for now, as there is no connection or no job, and comes by no more."""
        self._at = None

    def look(self) -> None:
        """Beats, unless the loop works and has not come by."""
        if self._at is None or time.monotonic() - self._at < SILENT_SECONDS:
            self._pulse.beat()

    def _beat_for_ever(self) -> None:
        while True:
            self.look()
            time.sleep(EVERY_SECONDS)
