"""How long a thread that computes may keep the interpreter from another one that waits for it."""

from __future__ import annotations

import sys

# Python's own 5 ms are a loop's whole patience: it lets go at every send and receive, some dozens in a request, and
# would wait as long each time to go on while a file is read beside it.
TURN_SECONDS = 0.0002


def quick_turns() -> None:
    """Has threads that compute give way to the event loop at once; it changes the whole process."""
    sys.setswitchinterval(TURN_SECONDS)
