"""Streams of progress, up to the end of the last attempt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from typing import Any

import pytest

from framework.actions.session import Session
from framework.events.feed import Feed
from framework.events.log import Log, NewEvent
from framework.events.progress import ProgressOf, Report, open_progress
from framework.testing.until import PATIENCE

TOLD = frozenset(f"note.copy.{told}" for told in ("queued", "progress", "paused", "ended"))


def copy_of(session: Session) -> ProgressOf:
    return ProgressOf(session.domain.resources["Note"], "1", TOLD)


async def told(session: Session, log: Log, kind: str, data: Mapping[str, Any]) -> None:
    async with session.transaction() as inner:
        await log.write([NewEvent(f"note.copy.{kind}", "Note", "1", data)], inner)


async def reports(session: Session, feed: Feed, after: str | None = None) -> list[Report]:
    stream = await open_progress(session, feed, copy_of(session), after)
    return [] if stream is None else [report async for report in stream.items]


@pytest.fixture
async def feed(memory: tuple[Session, Log]) -> AsyncIterator[Feed]:
    found = Feed(memory[1])
    yield found
    await found.close()


async def test_a_job_that_was_retried_is_followed_to_its_last_end(memory: tuple[Session, Log], feed: Feed) -> None:
    session, log = memory
    await told(session, log, "progress", {"step": 1})
    await told(session, log, "ended", {"state": "failed", "error": None})
    await told(session, log, "progress", {"step": 2})
    await told(session, log, "ended", {"state": "succeeded", "error": None})
    states = [report.state for report in await reports(session, feed)]
    assert states == ["running", "failed", "running", "succeeded"]


async def test_a_job_that_is_paused_is_said_to_be_and_is_followed_on(memory: tuple[Session, Log], feed: Feed) -> None:
    session, log = memory
    await told(session, log, "progress", {"step": 1})
    await told(session, log, "paused", {})
    stream = await open_progress(session, feed, copy_of(session))
    assert stream is not None
    async with asyncio.timeout(PATIENCE), aclosing(stream.items) as items:
        first, paused = await anext(items), await anext(items)
        assert [(each.state, each.progress, each.last) for each in (first, paused)] == [
            ("running", {"step": 1}, False),
            ("paused", None, False),
        ]
        # Whoever comes then waits with it.
        assert await open_progress(session, feed, copy_of(session), paused.entry.cursor) is not None
        await told(session, log, "queued", {})
        await told(session, log, "progress", {"step": 2})
        await told(session, log, "ended", {"state": "succeeded", "error": None})
        assert [each.state async for each in items] == ["running", "succeeded"]


async def test_whoever_was_told_the_end_is_told_nothing_more(memory: tuple[Session, Log], feed: Feed) -> None:
    session, log = memory
    await told(session, log, "progress", {"step": 1})
    await told(session, log, "ended", {"state": "failed", "error": None})
    cursors = [report.entry.cursor for report in await reports(session, feed)]
    async with asyncio.timeout(PATIENCE):
        assert await open_progress(session, feed, copy_of(session), cursors[-1]) is None
        assert [report.state for report in await reports(session, feed, cursors[0])] == ["failed"]


async def test_a_job_that_is_queued_again_is_waited_for_before_it_reports(
    memory: tuple[Session, Log], feed: Feed
) -> None:
    session, log = memory
    await told(session, log, "ended", {"state": "cancelled", "error": None})
    (ended,) = await log.after((await log.epoch()).begins)
    await told(session, log, "queued", {})
    states: list[str] = []

    async def follow_on() -> None:
        states.extend([report.state for report in await reports(session, feed, ended.cursor)])

    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        group.create_task(follow_on())
        await asyncio.sleep(0)
        await told(session, log, "progress", {"step": 2})
        await told(session, log, "ended", {"state": "succeeded", "error": None})
    assert states == ["running", "succeeded"]
