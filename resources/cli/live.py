"""A job as it is watched: drawn anew in a terminal, told line by line elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from framework.errors import Failure
from resources.cli.stream import Entry

BARS = "▁▂▃▄▅▆▇█"
Said = Mapping[str, Any]


class Board:
    """The progress of one job, and the lines below its bar that `lines` makes of what was reported."""

    def __init__(self, title: str, lines: Callable[[Said], list[str]]) -> None:
        self._bar = Progress(
            TextColumn("[bold]{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        )
        self._task = self._bar.add_task(title, total=None)
        self._lines = lines
        self._below = ""

    def __rich__(self) -> RenderableType:
        """The bar, and what stands below it."""
        return Group(self._bar, Text(self._below, style="dim"))

    def hear(self, said: Said, done: int, total: int) -> str:
        """Takes in a report; gives what is new of it as one line."""
        self._bar.update(self._task, completed=done, total=total or None)
        lines = self._lines(said)
        self._below = "\n".join(f"  {line}" for line in lines)
        return f"  {done}/{total or '?'}  {' · '.join(lines)}"


async def watched(
    entries: AsyncIterator[Entry], board: Board, count: Callable[[Said], tuple[int, int]], *, console: Console
) -> int:
    """Draws the job until it ends, and gives the number of its events; raises the failure of one that failed."""
    heard, last = 0, ""
    with Live(board, console=console, refresh_per_second=8, transient=False, auto_refresh=console.is_terminal):
        async for entry in entries:
            heard += 1
            if entry["progress"] is not None:
                line = board.hear(entry["progress"], *count(entry["progress"]))
                if not console.is_terminal and line != last:
                    console.print(line, soft_wrap=True)
                    last = line
            if entry["state"] in ("failed", "cancelled"):
                raise Failure(entry["error"] or f"the job was {entry['state']}", code=f"job_{entry['state']}")
    return heard


def spark(scores: list[float]) -> str:
    """Scores from 0 to 1 as a line of bars."""
    return "".join(BARS[min(int(score * len(BARS)), len(BARS) - 1)] for score in scores)


def percent(score: float | None) -> str:
    """A score as people say it."""
    return "–" if score is None else f"{score:.1%}"
