"""Who writes log lines: a thread of its own, so that no request waits for a disk or hears of one that is full."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Full, Queue
from typing import TextIO

# What may wait to be written: some seconds of a busy process. What comes beyond that is counted and dropped.
WAITING_LINES = 10_000
# How long the end of a process waits for what is not written yet, by somebody who may never read it.
END_SECONDS = 1.0


class LogWriter:
    """Writes lines to a stream, in order, and neither blocks nor fails whoever gives them.

    A line that cannot be written, or for which there is no room, is lost; the next that can be is preceded by one
    which says how many were. A process that is forked from this one gets a thread of its own with its first line.
    """

    def __init__(self, stream: TextIO, lost: Callable[[int], str]) -> None:
        self._stream, self._says_lost = stream, lost
        self._process, self._lost = 0, 0
        self._lock: threading.Lock
        self._waiting: Queue[str | None]
        self._thread: threading.Thread
        self._begin()
        atexit.register(self.close)

    def write(self, line: str) -> None:
        """Takes a line, without its end."""
        if self._process != os.getpid():
            self._begin()
        try:
            self._waiting.put_nowait(line)
        except Full:
            with self._lock:
                self._lost += 1

    def drain(self) -> None:
        """Returns when all that was taken is written, or lost."""
        if self._process == os.getpid():
            self._waiting.join()

    def close(self) -> None:
        """Writes what is waiting, if that goes soon, and ends the thread; a line that comes later begins another."""
        atexit.unregister(self.close)
        if self._process == os.getpid() and self._thread.is_alive():
            with suppress(Full):
                self._waiting.put(None, timeout=END_SECONDS)
                self._thread.join(END_SECONDS)
        self._process = 0

    def _begin(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._waiting = Queue(WAITING_LINES)
        self._thread = threading.Thread(target=self._write_for_ever, name="log-writer", daemon=True)
        self._thread.start()

    def _write_for_ever(self) -> None:
        while True:
            line = self._waiting.get()
            try:
                if line is None:
                    return
                self._write_one(line)
            finally:
                self._waiting.task_done()

    def _write_one(self, line: str) -> None:
        with self._lock:
            lost, self._lost = self._lost, 0
        try:
            if lost:
                self._stream.write(f"{self._says_lost(lost)}\n")
            self._stream.write(f"{line}\n")
            self._stream.flush()
        except (OSError, ValueError):
            # A full disk, a reader that is gone, a stream that was closed: there is nobody left to tell.
            with self._lock:
                self._lost += lost + 1
