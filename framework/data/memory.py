"""The layer that keeps everything in memory, and behaves as the database does; for tests, demos and scratch work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self

from framework.context import now
from framework.data.access_scope import AccessScope
from framework.data.effects import Effect, run_effects
from framework.data.protocols import Commit, Reads, Row, Transaction
from framework.data.refusals import transaction_failed
from framework.data.row_view import MemoryStore, RowView
from framework.data.selecting import selected, values_of
from framework.data.selection import Selection
from framework.data.snapshot import Snapshot
from framework.data.total import Total
from framework.data.writing import deleted, inserted, updated, updated_each
from framework.expr.evaluate import holds
from framework.expr.nodes import Function, Node
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec

View = Callable[[Snapshot], MemoryStore]


class MemoryLayer:
    """Records in memory: one transaction writes at a time, readers see what is committed and wait for nobody."""

    def __init__(self, domain: DomainSpec, *, clock: Callable[[], datetime] = now) -> None:
        self.domain = domain
        self.clock = clock
        self._committed = Snapshot()
        self._counts: dict[tuple[str, str], int] = {}
        self._writing = asyncio.Lock()
        self._writer: asyncio.Task[Any] | None = None
        self._tells = False
        self._last = 0

    @asynccontextmanager
    async def transaction(self, commit: Commit = Commit.DURABLE) -> AsyncIterator[Transaction]:
        """A transaction: committed when the block ends, rolled back when it raises."""
        if self._writer is not None and self._writer is asyncio.current_task():
            raise RuntimeError("a transaction is open already: pass it on instead of opening another one inside")
        async with self._writing:
            self._writer, self._tells = asyncio.current_task(), commit is not Commit.SILENT
            self._last += 1
            state = _State(self._committed)
            try:
                yield _MemoryTransaction(state, self._view(self._last), next=self._next, commit=commit)
                state.refuse_if_failed()
                self._committed = state.stored
            finally:
                self._writer, self._tells = None, False
        await run_effects(state.effects)

    @asynccontextmanager
    async def snapshot_read(self) -> AsyncIterator[Reads]:
        """One consistent look at what is committed."""
        yield _MemoryReads(_State(self._committed), self._view(None))

    def autocommit_read(self) -> AbstractAsyncContextManager[Reads]:
        """Every look at memory is consistent."""
        return self.snapshot_read()

    async def ping(self) -> None:
        """Memory always answers."""

    def _view(self, transaction: int | None) -> View:
        """How stored rows are seen by each statement, at a moment of its own.

        Everything before the horizon is settled when the view is opened: committed, or never to be.
        """
        horizon = self._last if self._tells else self._last + 1
        settled = {Function.TRANSACTION: transaction, Function.HORIZON: horizon, Function.STORE: "memory"}
        return lambda stored: MemoryStore(self.domain, stored, {**settled, Function.NOW: self.clock()}.__getitem__)

    def _next(self, resource: str, attribute: str) -> int:
        """The next of a sequence; as in a database, numbers that were rolled back are gone."""
        self._counts[resource, attribute] = number = self._counts.get((resource, attribute), 0) + 1
        return number


@dataclass(slots=True)
class _State:
    """What a reader or a transaction sees and has done, through whichever scope."""

    stored: Snapshot
    effects: list[Effect] = field(default_factory=list)
    failed: Exception | None = None

    def refuse_if_failed(self) -> None:
        """Raises when a write has failed and was caught."""
        if self.failed is not None:
            raise transaction_failed(self.failed) from self.failed


@dataclass(frozen=True, slots=True)
class _MemoryReads:
    """Answers from what was stored at one moment."""

    state: _State
    view: View
    scope: AccessScope | None = None

    def scoped(self, scope: AccessScope | None) -> Self:
        return replace(self, scope=scope)

    def whole(self) -> Self:
        return self.scoped(None if self.scope is None else self.scope.whole)

    async def read(self, selection: Selection) -> list[Row]:
        return list(selected(self.seen(), selection))

    async def count(self, resource: ResourceSpec, where: Node | None) -> int:
        return sum(holds(where, record) for record in self.seen().all(resource))

    async def estimate(self, resource: ResourceSpec, where: Node | None) -> Total:
        return Total(await self.count(resource, where), is_exact=True)

    def seen(self) -> MemoryStore:
        """What may be seen as it is now."""
        return replace(self.view(self.state.stored), scope=self.scope)


@dataclass(frozen=True, slots=True)
class _MemoryTransaction(_MemoryReads):
    """A state of its own, which becomes everybody's at the commit; a write that failed leaves it beyond repair."""

    next: Callable[[str, str], int] = field(kw_only=True)
    commit: Commit = field(kw_only=True)

    async def insert(self, resource: ResourceSpec, rows: Sequence[Row]) -> list[Row]:
        return self._keep(resource, lambda store: inserted(store, resource, rows, self.next))

    async def update_each(self, resource: ResourceSpec, changes: Mapping[Any, Row], where: Node | None) -> list[Row]:
        return self._keep(resource, lambda store: updated_each(store, resource, changes, where))

    async def update(self, resource: ResourceSpec, where: Node, values: Row) -> list[Row]:
        return self._keep(resource, lambda store: updated(store, resource, where, values))

    async def delete(self, resource: ResourceSpec, where: Node) -> list[Row]:
        return self._keep(resource, lambda store: deleted(store, resource, where))

    async def discard(self, resource: ResourceSpec, where: Node) -> int:
        return len(self._keep(resource, lambda store: deleted(store, resource, where)))

    def partitions(self, resource: ResourceSpec) -> None:
        """None: what is in memory is in one place."""

    def on_commit(self, effect: Effect) -> None:
        self.state.effects.append(effect)

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        state = self.state
        state.refuse_if_failed()
        stored, effects = state.stored, len(state.effects)
        try:
            yield
            state.refuse_if_failed()
        except Exception:
            state.stored, state.failed = stored, None
            del state.effects[effects:]
            raise

    def _keep(self, resource: ResourceSpec, write: Callable[[MemoryStore], tuple[Snapshot, list[Row]]]) -> list[Row]:
        state = self.state
        state.refuse_if_failed()
        try:
            state.stored, rows = write(self.seen())
        except Exception as failure:
            state.failed = failure
            raise
        store = self.view(state.stored)
        return [values_of(RowView(row, resource, store), list(resource.attributes)) for row in rows]
