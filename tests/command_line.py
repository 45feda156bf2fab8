"""What processes were started with."""

from __future__ import annotations

from collections.abc import Sequence

import psutil


def command_line(process: psutil.Process) -> Sequence[str]:
    """The words that the process was started with; none of one that has just ended, a zombie too."""
    try:
        words: list[str] = process.cmdline()
    except psutil.NoSuchProcess:
        return ()
    return words
