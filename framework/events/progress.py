"""The progress of one record's jobs: what they report, in order, up to their end. One that is paused has not ended."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from framework.actions.session import Session
from framework.events.entry import Entry, Interest
from framework.events.feed import Feed
from framework.events.log_position import LogPosition
from framework.events.reading import Stream, open_events
from framework.naming import event_type
from framework.spec.action import ActionSpec

QUEUED, PROGRESS, PAUSED, ENDED = "queued", "progress", "paused", "ended"
RUNNING = "running"


@dataclass(frozen=True, slots=True)
class Report:
    """One report of a job; the last one has the state it ended in, and then no progress. Nor has one that is paused."""

    entry: Entry
    state: str
    progress: Mapping[str, Any] | None = None
    error: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, entry: Entry) -> Report:
        """The report that an event holds."""
        if entry.type.endswith(f".{ENDED}"):
            return cls(entry, str(entry.data["state"]), None, entry.data.get("error"))
        if entry.type.endswith(f".{PAUSED}"):
            return cls(entry, PAUSED)
        return cls(entry, RUNNING, entry.data)

    @property
    def last(self) -> bool:
        """Whether the job has ended."""
        return self.state not in (RUNNING, PAUSED)


def progress_types(job: ActionSpec) -> frozenset[str]:
    """The types of a job's events."""
    name = event_type(job.resource, job.name)
    return frozenset(f"{name}.{told}" for told in (QUEUED, PROGRESS, PAUSED, ENDED))


async def open_progress(
    session: Session, feed: Feed, interest: Interest, after: str | None = None
) -> Stream[Report] | None:
    """Every report after the cursor (from the first, when there is none), once and in order; ends with the job.

    None when all there is to tell was told before the cursor, or is kept no longer. Raises Forbidden, Invalid, and
    NotFound (`cursor_expired`).
    """
    entries = await open_events(session, feed, interest, str(LogPosition()) if after is None else after)
    last = await feed.last(interest)
    if last is None and not await feed.is_whole():
        # Whatever is queued is told in the log: nothing was, since events of it are kept.
        return None
    if after is not None and _is_over(last, LogPosition.of(entries.start)):
        return None
    return Stream(entries.start, _reports(feed, interest, entries.items))


async def _reports(
    feed: Feed, interest: Interest, entries: AsyncGenerator[Entry, None]
) -> AsyncGenerator[Report, None]:
    """A job that ended and was queued again goes on in the same log; being queued is told there, to nobody but us.

    So an end is the last report if nothing comes behind it, whether it is told now or was told before.
    """
    async with aclosing(entries):
        async for entry in entries:
            if entry.type.endswith(f".{QUEUED}"):
                continue
            report = Report.of(entry)
            yield report
            if report.last and not await feed.goes_on(interest, entry):
                return


def _is_over(last: Entry | None, after: LogPosition) -> bool:
    """Whether everything there is to tell was told up to this position, the end of the job included."""
    return last is not None and last.type.endswith(f".{ENDED}") and last.position <= after
