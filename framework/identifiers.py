"""UUIDv7 identifiers: they sort by the time they were made (RFC 9562 §5.7)."""

from __future__ import annotations

import os
import threading
import time
from uuid import UUID


class _Clock:
    """Milliseconds and their 4096ths since 1970, never the same twice."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def tick(self) -> int:
        nanoseconds = time.time_ns()
        with self._lock:
            stamp = nanoseconds // 1_000_000 << 12 | nanoseconds % 1_000_000 * 4096 // 1_000_000
            self._last = max(stamp, self._last + 1)
            return self._last


_clock = _Clock()


def uuid7() -> UUID:
    """A new identifier, greater than every one this process made before it.

    The 12 bits after the milliseconds hold the fraction of the millisecond (RFC 9562 §6.2, method 3).
    """
    stamp = _clock.tick()
    tail = int.from_bytes(os.urandom(8), "big") & (1 << 62) - 1
    return UUID(int=(stamp >> 12) << 80 | 0x7 << 76 | (stamp & 0xFFF) << 64 | 0b10 << 62 | tail)
