"""A loop that is held up says where."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from framework.log_lines import configure_logging
from framework.runtime import loop_watch
from framework.runtime.loop_watch import LoopWatch
from framework.telemetry import log
from framework.testing.until import until

Lines = list[tuple[str, dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """What is logged meanwhile."""
    said: Lines = []
    log.written_by(lambda _, event, fields: said.append((event, dict(fields))))
    yield said
    configure_logging("warning")


@asynccontextmanager
async def watched(held_seconds: float) -> AsyncIterator[list[float]]:
    delays: list[float] = []
    watching = asyncio.create_task(LoopWatch(delays.append, held_seconds=held_seconds).watch())
    await until(lambda: bool(delays))
    try:
        yield delays
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


def told_of(lines: Lines, what: str) -> list[dict[str, Any]]:
    return [fields for event, fields in lines if event == what]


def hold(seconds: float) -> None:
    time.sleep(seconds)


async def test_what_holds_the_loop_is_logged_with_its_place(lines: Lines) -> None:
    async with watched(0.2) as delays:
        # On a machine that is busy the loop is held up elsewhere too, and whoever looks on comes late.
        while not (held := [fields for fields in told_of(lines, "loop.held") if fields["where"].endswith("hold")]):
            seen = len(delays)
            hold(0.6)
            await until(lambda: len(delays) > seen)  # noqa: B023 - awaited within the round
    assert max(delays) >= held[0]["seconds"] - 0.001 >= 0.2


async def test_a_loop_that_hangs_is_told_of_while_it_hangs(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop_watch, "HUNG_SECONDS", 0.3)
    async with watched(0.2):
        while not told_of(lines, "loop.hangs"):
            hold(0.1)


async def test_a_loop_that_is_not_held_says_nothing(lines: Lines) -> None:
    async with watched(30.0) as delays:
        await until(lambda: len(delays) > 2)
    assert lines == []
