"""What a kept process says, in files that are bounded: the newest, and some before it."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Sequence
from contextlib import closing, suppress
from itertools import pairwise
from pathlib import Path

LAST_WORDS = 15
CHUNK_BYTES = 65_536


class ChildLog:
    """A process writes to a pipe and never meets the disk: a full one costs lines, and nothing that is going on.

    `api.log` is followed by `api.log.1`, which is older, and so on, each of at most so many bytes, a longer line
    excepted. They are read by their owner alone.
    """

    def __init__(self, path: Path, *, file_bytes: int, files: int) -> None:
        self.path = path
        self._file_bytes, self._files = file_bytes, files
        self._last: deque[str] = deque(maxlen=LAST_WORDS)

    @property
    def last_words(self) -> str:
        """The last lines of the process that was followed last."""
        return "\n".join(self._last)

    async def follow(self, pipe: int) -> None:
        """Keeps all that comes through the pipe, until nobody is left who could say more; then closes it."""
        self._last.clear()
        said = asyncio.StreamReader()
        begun = b""
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(said), os.fdopen(pipe, "rb", buffering=0)
        )
        with closing(transport):
            while chunk := await said.read(CHUNK_BYTES):
                *lines, begun = (begun + chunk).split(b"\n")
                await asyncio.to_thread(self._keep, lines)
        if begun:
            await asyncio.to_thread(self._keep, [begun])

    def _keep(self, lines: Sequence[bytes]) -> None:
        said = [line.decode(errors="replace") for line in lines]
        self._last.extend(said)
        for line in said:
            # What a full disk has no room for is lost; the next line is tried again.
            with suppress(OSError):
                self._write(f"{line}\n".encode())

    def _write(self, line: bytes) -> None:
        if self.path.exists() and 0 < self.path.stat().st_size > self._file_bytes - len(line):
            self._move_on()
        file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(file, line)
        finally:
            os.close(file)

    def _move_on(self) -> None:
        """Each file becomes the next older one; the oldest goes."""
        older = [self.path, *(self.path.with_name(f"{self.path.name}.{n}") for n in range(1, self._files))]
        for newer, place in reversed([*pairwise(older)]):
            if newer.exists():
                newer.replace(place)
        if self._files == 1:
            self.path.unlink()


class PassedOnLog(ChildLog):
    """What a process says is passed on to standard error, line by line, beside what others say."""

    def __init__(self) -> None:
        super().__init__(Path("standard error"), file_bytes=0, files=1)

    def _write(self, line: bytes) -> None:
        os.write(2, line)
