"""The logs of the servers, kept within bounds while they are written: the newest, and some before it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

LOOK_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class LogBounds:
    """How large a log may become, and how many of it are kept: `postgres.log`, `postgres.log.1` …"""

    file_bytes: int = 10 * 1024 * 1024
    files: int = 5


async def keep_bounded(logs: Sequence[Path], bounds: LogBounds) -> None:
    """Looks after them until cancelled."""
    while True:
        for log in logs:
            with suppress(OSError):
                await asyncio.to_thread(bound, log, bounds)
        await asyncio.sleep(LOOK_SECONDS)


def bound(log: Path, bounds: LogBounds) -> None:
    """Empties a log that has become too large, after what it says was copied to the next older file.

    A server keeps its log open, so it cannot be given another; it writes on at the end of the emptied one. Where there
    is no room for the copy it is emptied all the same: that makes some.
    """
    if not log.exists() or log.stat().st_size <= bounds.file_bytes:
        return
    older = [log.with_name(f"{log.name}.{n}") for n in range(1, bounds.files)]
    for newer, place in reversed([*pairwise(older)]):
        if newer.exists():
            newer.replace(place)
    if older:
        with suppress(OSError):
            shutil.copyfile(log, older[0])
            older[0].chmod(0o600)
    with log.open("r+b") as file:
        file.truncate(0)
