"""The history of a record: what was done to it, told to whoever may read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from framework.actions.query import Query
from framework.actions.session import Session
from framework.data.selection import Selection
from framework.errors import Invalid
from framework.events.changes import ChangesOf
from framework.events.entry import Entry, Interest
from framework.events.event import Event
from framework.events.log import NEWEST
from framework.events.log_position import LogPosition
from framework.events.reading import existing_key
from framework.expr.nodes import every
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec

ENTRIES, MOST_ENTRIES = 50, 500


@dataclass(frozen=True, slots=True)
class HistoryOf:
    """Whose history, and which part: so many entries, the latest first, those after the cursor being older."""

    resource: ResourceSpec
    key: Any
    limit: int = ENTRIES
    after: str | None = None


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """A part of a history, and the cursor of the next one; None where nothing is older."""

    entries: tuple[Entry, ...]
    next: str | None

    def told(self) -> list[dict[str, Any]]:
        """The entries as every transport tells them."""
        return [_told(entry) for entry in self.entries]


def has_history(spec: ResourceSpec, domain: DomainSpec) -> bool:
    """Whether there is anything to tell of its records, and anybody to tell it to."""
    kept = any(each.record is Event for each in domain.resources.values())
    return kept and spec.stored and spec.leaves_events and spec.reader is not None and spec.reader.public


async def history_of(session: Session, wanted: HistoryOf) -> HistoryPage:
    """What was done to the record by actions, as far as events are kept, the session's own among them.

    From where and by which key is told by the events themselves, to those who may read these. Raises NotFound where the
    session finds no record, and Invalid for a limit or a cursor that is none.
    """
    if not 1 <= wanted.limit <= MOST_ENTRIES:
        raise Invalid(f"from 1 to {MOST_ENTRIES} entries", code="bad_limit", path=("limit",))
    earlier = None if wanted.after is None else LogPosition.of(wanted.after).before
    key = await existing_key(session, wanted.resource, wanted.key)
    done = Interest(frozenset(ChangesOf(wanted.resource, Query()).actions), key).condition
    spec = session.domain.of(Event)
    own = session.as_system("what was done to a record is told to whoever may read it")
    asked = Selection(spec, tuple(spec.attributes), every(done, earlier), NEWEST, limit=wanted.limit + 1)
    async with own.reader_for(Query()) as reader:
        found = [Entry.of(row) for row in await reader.read(asked)]
    entries = found[: wanted.limit]
    return HistoryPage(tuple(entries), entries[-1].cursor if len(found) > wanted.limit else None)


def _told(entry: Entry) -> dict[str, Any]:
    return {
        "cursor": entry.cursor,
        "at": entry.at,
        "action": entry.type.partition(".")[2],
        "actor": entry.row["actor"],
        "request_id": str(entry.row["request_id"]),
        "data": entry.data,
        "before": entry.row["before"],
    }
