"""The log: writes events inside a transaction, reads those that are settled, in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from framework.actions.session import Session
from framework.context import Context
from framework.data.chunks import chunks
from framework.data.protocols import Commit, Layer, Reads
from framework.data.selection import Ordering, Selection
from framework.events.doorbell import Doorbell
from framework.events.entry import Entry, Interest
from framework.events.event import Event
from framework.events.log_epoch import Epoch, LogEpoch, current_epoch, epoch_of, is_whole, refuse_gone
from framework.events.log_position import LogPosition
from framework.expr.nodes import Call, Compare, Comparison, Function, Ref, every
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec

SETTLED = Compare(Comparison.LT, Ref("transaction"), Call(Function.HORIZON))
OLDEST = (Ordering(Ref("transaction")), Ordering(Ref("seq")))
NEWEST = (Ordering(Ref("transaction"), descending=True), Ordering(Ref("seq"), descending=True))


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event yet to be written."""

    type: str
    target_type: str
    target_id: str
    data: Mapping[str, Any]
    tenant: str | None = None
    before: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Log:
    """The events of a domain."""

    domain: DomainSpec
    layer: Layer
    doorbell: Doorbell

    @property
    def resource(self) -> ResourceSpec:
        """How events are kept."""
        return self.domain.of(Event)

    @property
    def values(self) -> tuple[str, ...]:
        """What is read of every event."""
        return tuple(self.resource.attributes)

    async def write(self, events: Iterable[NewEvent], session: Session) -> None:
        """Adds events to the session's transaction, some at a time; readers are woken once it is committed.

        Raises RuntimeError in a silent one: readers may have passed its number by.
        """
        own = session.as_system("what has happened is on record, whoever did it")
        if own.writer.commit is Commit.SILENT:
            raise RuntimeError("this transaction was opened as Commit.SILENT, so nothing in it leaves an event")
        defaults = {name: a.default for name, a in self.resource.attributes.items() if a.default is not None}
        fresh = {name: default.fresh() for name, default in defaults.items()}
        common = {**fresh, **whose(session.context)}
        for part in chunks(events):
            rows = [
                {
                    **common,
                    "type": e.type,
                    "target_type": e.target_type,
                    "target_id": e.target_id,
                    "data": e.data,
                    "before": e.before,
                }
                for e in part
            ]
            if self.resource.tenancy is not None:
                rows = [{**row, self.resource.tenancy.attribute: e.tenant} for row, e in zip(rows, part, strict=True)]
            await own.writer.insert(self.resource, rows)
        own.writer.on_commit(self.doorbell.notify)

    async def epoch(self) -> Epoch:
        """The epoch that positions are of today, and where the log begins in it."""
        return await current_epoch(self.layer, self.domain.of(LogEpoch))

    async def is_whole(self) -> bool:
        """Whether nothing of it was ever removed."""
        return await is_whole(self.layer, self.domain.of(LogEpoch))

    async def after(self, position: LogPosition, interest: Interest | None = None, limit: int = 500) -> list[Entry]:
        """The next settled events after a position, oldest first; they are of its epoch."""
        async with self.layer.autocommit_read() as reader:
            return await self._next(reader, position, interest, limit)

    async def following(self, position: LogPosition, interest: Interest | None = None, limit: int = 500) -> list[Entry]:
        """The same for whoever has read up to there: raises NotFound (`cursor_expired`) where they cannot go on.

        The database may have become another one since the last page, without a word: a process that stood still finds a
        new connection like the old. So the epoch is asked of the one that was read, and after the reading, as events
        may be removed meanwhile.
        """
        async with self.layer.autocommit_read() as reader:
            entries = await self._next(reader, position, interest, limit)
            refuse_gone(position, await epoch_of(reader, self.domain.of(LogEpoch)))
        return entries

    async def end(self) -> LogPosition:
        """The position of the last settled event; where there is none, where the log begins."""
        epoch, last = await self.epoch(), await self.last()
        return epoch.begins if last is None else max(epoch.begins, replace(last.position, epoch=epoch.name))

    async def last(self, interest: Interest | None = None) -> Entry | None:
        """The last settled event, of those that are wanted."""
        wanted = every(SETTLED, None if interest is None else interest.condition)
        async with self.layer.autocommit_read() as reader:
            rows = await reader.read(Selection(self.resource, self.values, wanted, NEWEST, limit=1))
        return Entry.of(rows[0]) if rows else None

    async def _next(self, reader: Reads, position: LogPosition, interest: Interest | None, limit: int) -> list[Entry]:
        wanted = every(position.beyond, None if interest is None else interest.condition)
        rows = await reader.read(Selection(self.resource, self.values, wanted, OLDEST, limit))
        return [Entry.of(row, position.epoch) for row in rows]


def whose(context: Context) -> dict[str, Any]:
    """Who did it, as it is kept: kind and id, by what they are known, from where and in which request."""
    return {
        "actor": None if context.actor is None else f"{context.actor.kind}:{context.actor.id}",
        "credential": context.credential,
        "address": context.address,
        "request_id": context.request_id,
    }
