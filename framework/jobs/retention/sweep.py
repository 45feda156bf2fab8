"""One batch of records that are kept no longer, found and removed in one transaction.

Each batch goes on behind the last one, so that a sweep reads every record once, whether it was removed or is held on
to. What somebody else has locked is left for the next sweep.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any

from framework.actions.session import Session
from framework.data.integrity import referrers
from framework.data.protocols import Row
from framework.data.selection import Lock, Ordering, Selection
from framework.expr.beyond import Beyond
from framework.expr.nodes import Among, Compare, Comparison, Node, Not, Ref, Value, every
from framework.jobs.retention.drop_partitions import NOTHING_KEPT, Kept, within
from framework.spec.domain import DomainSpec
from framework.spec.relationship import OnDelete
from framework.spec.resource import ResourceSpec
from framework.spec.retention import RetentionSpec

BATCH = 1000
# Where others go along with a record, or are changed with it, nobody knows how many.
BATCH_WITH_OTHERS = 100

Place = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """How many records were removed, the place of the last one looked at, and whether there may be more behind it."""

    removed: int
    last: Place | None
    more: bool


@dataclass(frozen=True, slots=True)
class Sweep:
    """What goes of a resource: the records whose moment lies before `cutoff`, but for those that partitions keep."""

    resource: ResourceSpec
    rule: RetentionSpec
    cutoff: datetime
    kept: Kept = NOTHING_KEPT

    @property
    def order(self) -> tuple[str, ...]:
        """What records go by."""
        return self.rule.order or (self.rule.since, self.resource.key.name)

    async def batch(self, behind: Place | None, session: Session) -> Batch:
        """Removes the next ones; inside of a transaction."""
        size = BATCH_WITH_OTHERS if _others_go_along(self.resource, session.domain) else BATCH
        found = await session.writer.read(self._next(behind, size, session.domain))
        old = list(takewhile(lambda row: self._is_old(row[self.rule.since]), found))
        free = await self._free(old, session)
        key = self.resource.key.name
        removed = 0
        if free:
            these = Among(Ref(key), tuple(row[key] for row in free))
            removed = await session.writer.discard(self.resource, these)
        last = tuple(old[-1][name] for name in self.order) if old else behind
        return Batch(removed, last, len(old) == size)

    def _is_old(self, moment: datetime) -> bool:
        return moment < self.cutoff and not any(each.holds(moment) for each in self.kept.for_now)

    def _next(self, behind: Place | None, size: int, domain: DomainSpec) -> Selection:
        parts: Sequence[Node] = tuple(Ref(name) for name in self.order)
        further = None if behind is None else Beyond(tuple(parts), tuple(Value(each) for each in behind))
        # In an order of its own the first that is young ends it, wherever others lie behind.
        young = None if self.rule.order else Compare(Comparison.LT, Ref(self.rule.since), Value(self.cutoff))
        kept = self.kept.by_others if self.rule.order else (*self.kept.by_others, *self.kept.for_now)
        outside = (Not(within(each, self.rule.since)) for each in kept)
        held = (link.target_attribute for _, link in referrers(self.resource, domain))
        values = tuple(dict.fromkeys((self.resource.key.name, self.rule.since, *self.order, *held)))
        return Selection(
            self.resource,
            values,
            every(young, self.rule.where, further, *outside),
            tuple(Ordering(Ref(name)) for name in self.order),
            size,
            lock=Lock.FREE,
        )

    async def _free(self, rows: Sequence[Row], session: Session) -> list[Row]:
        """Those that nobody holds on to; they are locked, so nobody begins to."""
        free = list(rows)
        for holder, link in referrers(self.resource, session.domain):
            if link.on_delete is not OnDelete.RESTRICT or not free:
                continue
            own = link.target_attribute
            asked = Among(Ref(link.attribute), tuple(row[own] for row in free))
            one_of_each = Selection(holder, (link.attribute,), asked, limit=1, partition=link.attribute)
            held = {row[link.attribute] for row in await session.writer.read(one_of_each)}
            free = [row for row in free if row[own] not in held]
        return free


def _others_go_along(spec: ResourceSpec, domain: DomainSpec) -> bool:
    return any(link.on_delete is not OnDelete.RESTRICT for _, link in referrers(spec, domain))
