"""The progress of one record's jobs: what they report, in order, up to their end. One that is paused has not ended."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from time import monotonic
from typing import Any

from framework.actions.session import Session
from framework.errors import NotFound
from framework.events.entry import Entry, Interest
from framework.events.feed import Feed
from framework.events.log_position import LogPosition
from framework.events.reading import Stream, open_events, still_seen
from framework.naming import event_type
from framework.spec.action import ActionSpec
from framework.spec.resource import ResourceSpec

LOOK_SECONDS = 1.0
QUEUED, PROGRESS, PAUSED, ENDED = "queued", "progress", "paused", "ended"
RUNNING = "running"


@dataclass(frozen=True, slots=True)
class ProgressOf:
    """Whose progress is wanted: the record with this key, as events name it, and the types of its jobs' events."""

    resource: ResourceSpec
    key: str
    types: frozenset[str]


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
    session: Session, feed: Feed, wanted: ProgressOf, after: str | None = None
) -> Stream[Report] | None:
    """Every report after the cursor (from the first, when there is none), once and in order; ends with the job.

    None when all there is to tell was told before the cursor, or is kept no longer. Raises Forbidden, Invalid, and
    NotFound where the cursor has expired, and later, in the stream, once the record is hidden from the session.
    """
    interest = Interest(wanted.types, wanted.key)
    entries = await open_events(session, feed, interest, str(LogPosition()) if after is None else after)
    last = await feed.last(interest)
    if last is None and not await feed.is_whole():
        # Whatever is queued is told in the log: nothing was, since events of it are kept.
        return None
    if after is not None and _is_over(last, LogPosition.of(entries.start)):
        return None
    seen = _seen(session, wanted, entries.items)
    return Stream(entries.start, _reports(feed, interest, seen))


async def _seen(
    session: Session, wanted: ProgressOf, entries: AsyncGenerator[Entry, None]
) -> AsyncGenerator[Entry, None]:
    """The entries for as long as the session finds the record, which is looked at once a second at most."""
    looked = monotonic()
    async with aclosing(entries):
        async for entry in entries:
            if monotonic() - looked > LOOK_SECONDS:
                if not await still_seen(session, wanted.resource, wanted.key):
                    raise NotFound.record(wanted.resource.name, wanted.key)
                looked = monotonic()
            yield entry


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
