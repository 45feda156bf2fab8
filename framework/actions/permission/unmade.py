"""Records that a store refused to keep, asked about all the same: whoever may not make one is told that, and nothing of
what else was in the way, which may be hidden from them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from framework.actions.changeset import Changeset
from framework.actions.permission.permits import forbidden
from framework.actions.refusals import together
from framework.context import now
from framework.data.protocols import Reads, Row, Transaction
from framework.data.refusals import may_pass
from framework.data.row_view import MemoryStore, RowView
from framework.data.selection import Selection
from framework.data.snapshot import Snapshot
from framework.data.writing import completed
from framework.errors import Conflict, Failure, Invalid
from framework.expr.evaluate import holds
from framework.expr.nodes import TRUE, Compare, Comparison, Function, Node, Ref, Value
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec


@dataclass(frozen=True, slots=True)
class Unmade:
    """A record as it would be, worked out where it is asked about, and what the policies ask of it."""

    row: Callable[[MemoryStore], Row]
    asked: Node | None


UNASKED = Unmade(lambda _: {}, None)


def created_rows(changesets: Sequence[Changeset]) -> list[Unmade]:
    """The records as they would be made, each with what is asked of it."""
    return [Unmade(partial(_as_created, c), None if c.permit in (None, TRUE) else c.permit) for c in changesets]


@asynccontextmanager
async def permits_first(
    changesets: Sequence[Changeset], unmade: Callable[[], Sequence[Unmade]], domain: DomainSpec, tx: Transaction
) -> AsyncIterator[None]:
    """A block that writes, all of it or nothing; raises Forbidden for what is not allowed, whatever the store refuses.

    `unmade` gives the record of each changeset, in order. A record that is kept is looked at by the block itself.
    """
    try:
        async with tx.savepoint():
            yield
    except (Conflict, Invalid) as failure:
        if may_pass(failure):
            raise
        lost = await _not_allowed(unmade(), changesets[0].resource, domain, tx.whole())
        if not lost:
            raise
        action = changesets[0].action
        raise together({place: [forbidden(action)] for place in lost}, len(changesets)) from None


async def _not_allowed(unmade: Sequence[Unmade], spec: ResourceSpec, domain: DomainSpec, reader: Reads) -> list[int]:
    """The places of those that the policies do not allow."""
    return [
        place
        for place, each in enumerate(unmade)
        if each.asked is not None and not await _allowed(each, each.asked, _Around(spec, domain, reader))
    ]


async def _allowed(unmade: Unmade, asked: Node, around: _Around) -> bool:
    """Looked at again each time when more of what is around the record is known."""
    while True:
        try:
            around.record = unmade.row(around.store)
            return holds(asked, RowView(around.record, around.spec, around.store))
        except _Unknown as unknown:
            await around.fetch(unknown)
        except Failure:
            # No store would keep such values, whatever else it has: what it said tells nothing of that.
            return True


def _as_created(changeset: Changeset, store: MemoryStore) -> Row:
    # The next number of a sequence is not known.
    return completed(store, changeset.resource, changeset.values, lambda *_: None)


class _Unknown(Exception):
    """Records that are not fetched as yet: those of a resource that have this value."""

    def __init__(self, resource: str, attribute: str, value: Any) -> None:
        super().__init__(resource, attribute, value)
        self.asked = resource, attribute, value


class _Around(Snapshot):
    """What is stored around a record, with the record as it would be; `fetch` reads what was found to be unknown."""

    def __init__(self, spec: ResourceSpec, domain: DomainSpec, reader: Reads) -> None:
        super().__init__()
        self.spec, self.domain, self.reader = spec, domain, reader
        self.record: Row | None = None
        self.fetched: dict[tuple[str, str, Any], Sequence[Row]] = {}
        self.store = MemoryStore(domain, self, _ask)

    def matching(self, resource: str, attribute: str, value: Any) -> Sequence[Row]:
        """The rows that have this value; raises _Unknown where they were not fetched."""
        if value is None:
            return ()
        rows = self.fetched.get((resource, attribute, value))
        if rows is None:
            raise _Unknown(resource, attribute, value)
        if self.record is None or resource != self.spec.name:
            return rows
        key, record = self.spec.key.name, self.record
        others = [row for row in rows if row[key] != record[key]]
        return [*others, record] if record[attribute] == value else others

    async def fetch(self, unknown: _Unknown) -> None:
        """Reads the rows that were asked for."""
        name, attribute, value = unknown.asked
        spec = self.domain.resources[name]
        where = Compare(Comparison.EQ, Ref(attribute), Value(value))
        self.fetched[unknown.asked] = await self.reader.read(Selection(spec, tuple(spec.attributes), where))


def _ask(function: Function) -> Any:
    """The time by this process's clock; nothing else is known of a record that is not kept."""
    return now() if function is Function.NOW else None
