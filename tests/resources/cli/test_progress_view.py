"""A job as it is watched."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from typing import Any

import pytest
from rich.console import Console

from framework.errors import Failure
from resources.cli.progress_view import ProgressView, percent, spark, watched


async def stream(*entries: Any) -> AsyncIterator[Any]:
    for entry in entries:
        yield entry


def entry(done: int, *, state: str = "running", error: str | None = None) -> dict[str, Any]:
    return {"cursor": str(done), "state": state, "error": error, "progress": {"done": done, "spent": done * 10}}


def board() -> ProgressView:
    return ProgressView("working", lambda said: [f"spent {said['spent']}"])


def count(said: Any) -> tuple[int, int]:
    return said["done"], 3


async def test_elsewhere_than_in_a_terminal_each_step_forward_is_a_line() -> None:
    file = io.StringIO()
    console = Console(file=file, width=80)
    entries = stream(entry(1), entry(1), entry(3), {**entry(3), "state": "succeeded", "progress": None})
    assert await watched(entries, board(), count, console=console) == 4
    assert [line.split() for line in file.getvalue().splitlines()] == [["1/3", "spent", "10"], ["3/3", "spent", "30"]]


async def test_in_a_terminal_the_bar_is_drawn_anew() -> None:
    file = io.StringIO()
    console = Console(file=file, width=80, force_terminal=True, force_interactive=True)
    await watched(stream(entry(1), entry(3)), board(), count, console=console)
    drawn = file.getvalue()
    assert "\x1b[" in drawn
    assert "3/3" in drawn
    assert "spent 30" in drawn


def paused(done: int) -> dict[str, Any]:
    return {**entry(done), "state": "paused", "progress": None}


async def test_one_that_is_paused_says_so_in_a_line_and_is_watched_on() -> None:
    file = io.StringIO()
    entries = stream(entry(1), paused(1), entry(3))
    assert await watched(entries, board(), count, console=Console(file=file, width=80)) == 3
    lines = [line.strip() for line in file.getvalue().splitlines()]
    assert lines == ["1/3  spent 10", "paused; it goes on when it is resumed", "3/3  spent 30"]


async def test_one_that_is_paused_says_so_below_its_bar() -> None:
    file = io.StringIO()
    console = Console(file=file, width=80, force_terminal=True, force_interactive=True)
    await watched(stream(entry(1), paused(1)), board(), count, console=console)
    assert "paused; it goes on when it is resumed" in file.getvalue()


@pytest.mark.parametrize(
    ("state", "error", "says"),
    [("failed", "every example broke", "every example broke"), ("cancelled", None, "the job was cancelled")],
)
async def test_a_job_that_did_not_succeed_is_a_failure(state: str, error: str | None, says: str) -> None:
    with pytest.raises(Failure, match=says) as failed:
        await watched(stream(entry(1, state=state, error=error)), board(), count, console=Console(file=io.StringIO()))
    assert failed.value.issues[0].code == f"job_{state}"


def test_scores_are_drawn_from_nothing_to_all() -> None:
    assert spark([0.0, 0.5, 1.0]) == "▁▅█"
    assert (percent(None), percent(0.346)) == ("-", "34.6%")
