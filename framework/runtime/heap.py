"""The heap of a process: what it has loaded for good is left out of garbage collections, and what is free given back.

Without the first, every full collection walks through all of DSPy: a quarter of the processor's time of an evaluation,
in pauses of 20 ms. What a server holds for its clients is walked through as well: with 500 subscribers that took
300 ms, every five seconds. So it collects all of it seldom. This changes the whole process, so only those do it who
have started one.
"""

from __future__ import annotations

import ctypes
import gc

# New objects for a collection of the youngest; of those for one of the next; and of those for one of all there are.
# The pause of the first is some milliseconds. Nearly all that is made is gone before, as nothing refers to it any more.
YOUNG, OLDER, ALL = 5_000, 10, 50

# As glibc's malloc.h numbers them.
MMAP_THRESHOLD, ARENA_MAX = -3, -8
LARGE_BYTES, ARENAS = 256 * 1024, 2


def freeze_heap() -> None:
    """Leaves out all there is now; the garbage in it is collected first, as it would stay for ever."""
    gc.collect()
    gc.freeze()


def collect_all_seldom() -> None:
    """Has collections of the young find what refers to itself, as the failure of a request does with its frames."""
    gc.set_threshold(YOUNG, OLDER, ALL)


def bound_heap() -> None:
    """Has glibc give back each large value by itself, and keep no heap for each thread; other libraries do as they do.

    By itself it takes the first large value that is freed for a sign to keep the next ones among the small, and each
    thread that reads a file keeps what that took.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(MMAP_THRESHOLD, LARGE_BYTES)
        mallopt(ARENA_MAX, ARENAS)
