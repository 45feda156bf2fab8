"""Whether the first process of a worker goes on: it beats, unless its loop takes messages and does not come by."""

from __future__ import annotations

import threading
import time

from framework.processes.pulse import EVERY_SECONDS, Pulse

# A loop that takes messages comes by every two seconds.
SILENT_SECONDS = 5.0


class GoingOn:
    """The pulse of a worker. While it waits for its servers there is no loop, and a thread alone can beat."""

    def __init__(self, pulse: Pulse) -> None:
        self._pulse = pulse
        self._at: float | None = None

    def begin(self) -> None:
        """From now on it beats; what is forked has no such thread."""
        threading.Thread(target=self._beat_for_ever, name="going-on", daemon=True).start()

    def come_by(self) -> None:
        """The loop is there, and takes messages."""
        self._at = time.monotonic()

    def rest(self) -> None:
        """It takes none for now, as it has no connection, and comes by no more."""
        self._at = None

    def look(self) -> None:
        """Beats, unless the loop takes messages and has not come by."""
        if self._at is None or time.monotonic() - self._at < SILENT_SECONDS:
            self._pulse.beat()

    def _beat_for_ever(self) -> None:
        while True:
            self.look()
            time.sleep(EVERY_SECONDS)
