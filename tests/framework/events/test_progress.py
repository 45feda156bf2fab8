"""Streams of progress, up to the end of the last attempt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from framework.actions.session import Session
from framework.events.feed import Feed
from framework.events.log import Log, Note
from framework.events.progress import follow

TYPES = frozenset({"note.copy.progress", "note.copy.ended"})


async def told(session: Session, log: Log, kind: str, data: Mapping[str, Any]) -> None:
    async with session.transaction() as inner:
        await log.write([Note(f"note.copy.{kind}", "Note", "1", data)], inner)


async def test_a_job_that_was_retried_is_followed_to_its_last_end(memory: tuple[Session, Log]) -> None:
    session, log = memory
    await told(session, log, "progress", {"step": 1})
    await told(session, log, "ended", {"state": "failed", "error": None})
    await told(session, log, "progress", {"step": 2})
    await told(session, log, "ended", {"state": "succeeded", "error": None})
    feed = Feed(log)
    try:
        states = [report.state async for report in follow(feed, TYPES, "1")]
    finally:
        await feed.close()
    assert states == ["running", "failed", "running", "succeeded"]
