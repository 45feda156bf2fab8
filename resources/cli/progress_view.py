"""A job as it is watched: drawn anew in a terminal, told line by line elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import nullcontext
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from framework.errors import Failure
from resources.cli.stream import Entry

BARS = "▁▂▃▄▅▆▇█"
PAUSED = "paused; it goes on when it is resumed"
Report = Mapping[str, Any]


class ProgressView:
    """The progress of one job: a bar, and the lines below it that `lines` makes of what was reported."""

    def __init__(self, title: str, lines: Callable[[Report], list[str]]) -> None:
        self._bar = Progress(
            TextColumn("[bold]{task.description:>13}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        )
        self._task = self._bar.add_task(title, total=None)
        self._lines = lines
        self._below = ""

    def __rich__(self) -> RenderableType:
        """The bar, and what stands below it."""
        return Group(self._bar, Text(self._below, style="dim", no_wrap=True, overflow="ellipsis"))

    def update(self, report: Report, done: int, total: int) -> str:
        """Takes in a report; gives it as one line."""
        self._bar.update(self._task, completed=done, total=total or None)
        lines = self._lines(report)
        self._below = "\n".join(f"{'':>13}  {line}" for line in lines)
        return f"{'':>13}  {done}/{total or '?'}  {' · '.join(lines)}"

    def pause(self) -> str:
        """Says that it is paused until something is reported again; gives that as one line."""
        self._below = f"{'':>13}  {PAUSED}"
        return self._below


async def watched(
    entries: AsyncIterator[Entry], view: ProgressView, count: Callable[[Report], tuple[int, int]], *, console: Console
) -> int:
    """Shows the job until it ends, and gives the number of its events; raises the failure of one that failed."""
    received, printed = 0, (-1, -1)
    with Live(view, console=console, refresh_per_second=8) if console.is_interactive else nullcontext():
        async for entry in entries:
            received += 1
            if (report := entry["progress"]) is not None:
                line = view.update(report, *count(report))
                # Where nothing can be drawn anew, a step forward is worth a line; what it has spent meanwhile is not.
                if not console.is_interactive and printed != count(report):
                    printed = count(report)
                    console.print(line, soft_wrap=True)
            if entry["state"] == "paused":
                line = view.pause()
                if not console.is_interactive:
                    console.print(line, soft_wrap=True)
            if entry["state"] in ("failed", "cancelled"):
                raise Failure(entry["error"] or f"the job was {entry['state']}", code=f"job_{entry['state']}")
    return received


def spark(scores: list[float]) -> str:
    """Scores from 0 to 1 as a line of bars."""
    return "".join(BARS[min(int(score * len(BARS)), len(BARS) - 1)] for score in scores)


def percent(score: float | None) -> str:
    """A score as people say it."""
    return "-" if score is None else f"{score:.1%}"
