"""What a kept process says is bounded, and never in its way."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from framework.cli.child_log import ChildLog

FULL = Path("/dev/full")


async def followed(log: ChildLog, *chunks: bytes) -> None:
    reading, writing = os.pipe()
    following = asyncio.ensure_future(log.follow(reading))
    for chunk in chunks:
        os.write(writing, chunk)
    os.close(writing)
    await following


async def test_files_are_private_and_as_many_and_as_large_as_said(tmp_path: Path) -> None:
    log = ChildLog(tmp_path / "api.log", file_bytes=100, files=3)
    await followed(log, *(b"%030d\n" % number for number in range(20)))
    files = [tmp_path / name for name in ("api.log.2", "api.log.1", "api.log")]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert [[int(line) for line in file.read_text().splitlines()] for file in files] == [
        [12, 13, 14],
        [15, 16, 17],
        [18, 19],
    ]
    assert not (tmp_path / "api.log.3").exists()


async def test_lines_are_whole_whatever_the_pipe_makes_of_them(tmp_path: Path) -> None:
    log = ChildLog(tmp_path / "api.log", file_bytes=10_000, files=2)
    await followed(log, b"one\ntw", b"o\n\xff", b"three")
    assert (tmp_path / "api.log").read_text() == "one\ntwo\n\ufffdthree\n"
    assert log.last_words == "one\ntwo\n\ufffdthree"


@pytest.mark.skipif(not FULL.exists(), reason="this system has no disk that is always full")
async def test_a_full_disk_ends_nothing() -> None:
    log = ChildLog(FULL, file_bytes=10_000, files=1)
    await followed(log, b"one\n", b"two\n")
    assert log.last_words == "one\ntwo"
