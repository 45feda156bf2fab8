"""Lines are written beside whoever gives them."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
import threading

import pytest

from framework.log_writer import LogWriter
from framework.testing.until import PATIENCE

# More than a pipe holds.
UNREAD = """
import select, sys, time
from framework.log_lines import configure_logging
from framework.telemetry import log
configure_logging()
for _ in range(2_000):
    log.info("a line that nobody reads, of more than some characters")
while select.select([], [2], [], 0)[1]:
    pass
time.sleep(0.3)  # until the pipe is full to the last byte
# As the interpreter does in the end, and as anybody may.
sys.stderr.flush()
"""


class Disk(io.StringIO):
    """A stream that can be full, or hang."""

    def __init__(self) -> None:
        super().__init__()
        self.full, self.moving, self.reached = False, threading.Event(), threading.Event()
        self.moving.set()

    def write(self, text: str) -> int:
        self.reached.set()
        self.moving.wait()
        if self.full:
            raise OSError(errno.ENOSPC, "no space left on device")
        return super().write(text)


def test_lines_are_written_in_order() -> None:
    disk = Disk()
    writer = LogWriter(disk, str)
    for number in range(100):
        writer.write(f"line {number}")
    writer.close()
    assert disk.getvalue().splitlines() == [f"line {number}" for number in range(100)]


def test_a_full_disk_costs_lines_and_the_next_one_says_how_many() -> None:
    disk = Disk()
    writer = LogWriter(disk, lambda lost: f"{lost} lost")
    disk.full = True
    writer.write("a")
    writer.write("b")
    writer.drain()
    disk.full = False
    writer.write("c")
    writer.close()
    assert disk.getvalue().splitlines() == ["2 lost", "c"]


def test_a_disk_that_hangs_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("framework.log_writer.WAITING_LINES", 3)
    disk = Disk()
    disk.moving.clear()
    writer = LogWriter(disk, lambda lost: f"{lost} lost")
    writer.write("0")
    disk.reached.wait()
    for number in range(1, 6):
        writer.write(str(number))
    disk.moving.set()
    writer.drain()
    writer.write("last")
    writer.close()
    assert disk.getvalue().splitlines() == ["0", "2 lost", "1", "2", "3", "last"]


def test_a_forked_process_writes_its_own_lines() -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as stream, os.fdopen(reading) as said:
        writer = LogWriter(stream, str)
        writer.write("parent")
        writer.drain()
        if (child := os.fork()) == 0:
            writer.write("child")
            writer.drain()
            os._exit(0)
        os.waitpid(child, 0)
        writer.close()
        stream.close()
        assert said.read().splitlines() == ["parent", "child"]


def test_a_process_ends_though_nobody_reads_its_log() -> None:
    with subprocess.Popen([sys.executable, "-c", UNREAD], stderr=subprocess.PIPE) as process:
        try:
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()
