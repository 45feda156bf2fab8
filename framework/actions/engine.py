"""The engine: a domain, where its records are kept, and who is told of what happens to them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from framework.actions.changeset import Outcome
from framework.actions.layers import Layers
from framework.actions.load import Loader
from framework.actions.notifier import Notifier, NullNotifier
from framework.actions.pipeline import CarryOut, Result, carried_out
from framework.actions.query import Page, Query
from framework.actions.read import find, page, total
from framework.actions.refusals import together
from framework.actions.request import Request
from framework.actions.retrying import tried_again
from framework.actions.run import run
from framework.actions.session import NONE, Session
from framework.actions.store import store
from framework.context import Context
from framework.data.protocols import Commit, Layer, Reads, Transaction
from framework.data.selection import Lock
from framework.errors import Failure
from framework.expr.nodes import Among, Ref
from framework.spec.action import ActionKind, ActionSpec
from framework.spec.domain import DomainSpec
from framework.telemetry import span

Guard = Callable[[Session], Awaitable[None]]
CARRIED_OUT_BY: Mapping[ActionKind, CarryOut] = {
    ActionKind.CREATE: store,
    ActionKind.UPDATE: store,
    ActionKind.DESTROY: store,
    ActionKind.GENERIC: run,
}


@dataclass(frozen=True, slots=True)
class Engine:
    """One a process. `services` holds what verbs and steps need besides, `layers` what carries out their calls."""

    domain: DomainSpec
    layer: Layer
    notifier: Notifier = field(default_factory=NullNotifier)
    services: Mapping[type, Any] = field(default_factory=dict)
    layers: Layers = field(default_factory=Layers)

    def session(self, context: Context | None = None, *, guard: Guard | None = None) -> Session:
        """A caller's hold on the engine; `guard` has the first word in every transaction."""
        return LiveSession(self, context or Context(), guard)


@dataclass(frozen=True, slots=True)
class LiveSession(Session):
    """A session of an engine."""

    engine: Engine
    context: Context = field()
    guard: Guard | None = None
    tx: Transaction | None = None

    @property
    def domain(self) -> DomainSpec:
        return self.engine.domain

    @property
    def services(self) -> Mapping[type, Any]:
        return self.engine.services

    @property
    def layers(self) -> Layers:
        return self.engine.layers

    @property
    def writer(self) -> Transaction:
        if self.tx is None:
            raise LookupError("this session is not inside a transaction: open one with `session.transaction()`")
        return self.tx

    @asynccontextmanager
    async def transaction(self, commit: Commit = Commit.DURABLE) -> AsyncIterator[Session]:
        if self.tx is not None:
            yield self
            return
        async with self.engine.layer.transaction(commit) as tx:
            inner = replace(self, tx=tx)
            if self.guard is not None:
                await self.guard(inner)
            yield inner

    def savepoint(self) -> AbstractAsyncContextManager[None]:
        return self.writer.savepoint()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Reads]:
        if self.tx is not None:
            yield self.tx
            return
        async with self.engine.layer.reading() as reader:
            yield reader

    @asynccontextmanager
    async def looking(self, query: Query) -> AsyncIterator[Reads]:
        if query.lock is not Lock.NONE and self.tx is None:
            says = "a locking query holds its records until its transaction ends"
            raise LookupError(f"{says}: ask it inside `async with session.transaction()`")
        if self.tx is not None or query.related:
            async with self.reading() as reader:
                yield reader
            return
        async with self.engine.layer.glance() as reader:
            yield reader

    async def perform(
        self,
        action: ActionSpec,
        requests: Sequence[Request],
        returning: Query = Query(),  # noqa: B008 - frozen
    ) -> list[Any]:
        if not requests:
            return []
        with span("action", action=f"{action.resource}.{action.name}", calls=len(requests)):
            results = await self._carried_out(action, requests)
            failed = {index: [result] for index, result in enumerate(results) if isinstance(result, Failure)}
            if failed:
                raise together(failed, len(requests))
            outcomes = [result for result in results if isinstance(result, Outcome)]
            if not action.writes:
                return [outcome.result for outcome in outcomes]
            return await self._returned(action, [outcome.record for outcome in outcomes], returning)

    async def attempt(self, action: ActionSpec, requests: Sequence[Request]) -> list[Any]:
        results = await self._carried_out(action, requests) if requests else []
        return [result if isinstance(result, Failure) else result.result for result in results]

    async def _carried_out(self, action: ActionSpec, requests: Sequence[Request]) -> Sequence[Result]:
        by = CARRIED_OUT_BY.get(action.kind)
        if by is None:
            way = "read it by `page`" if action.kind is ActionKind.READ else "queue it by the step `enqueue`"
            raise LookupError(f"`{action.resource}.{action.name}` is a {action.kind}, which is not performed: {way}")

        def carry_out() -> Awaitable[Sequence[Result]]:
            return carried_out(self, action, requests, by=by, notifier=self.engine.notifier)

        # A transaction that somebody else opened is theirs to try again, and a verb has asked the outside world.
        return await tried_again(carry_out) if action.writes and self.tx is None else await carry_out()

    async def page(self, action: ActionSpec, query: Query, arguments: Mapping[str, Any] = NONE) -> Page:
        return await page(self, action, query, arguments)

    async def total(self, action: ActionSpec, query: Query, arguments: Mapping[str, Any] = NONE) -> int:
        return await total(self, action, query, arguments)

    async def find(self, action: ActionSpec, ids: Sequence[Any], query: Query = Query()) -> list[Any]:  # noqa: B008
        return await find(self, action, ids, query)

    async def _returned(self, action: ActionSpec, records: list[Any], returning: Query) -> list[Any]:
        resource = self.domain.resources[action.resource]
        derived = any(load.name in resource.derived for load in returning.values)
        if not derived and not returning.related:
            return records
        key = resource.key.name
        where = Among(Ref(key), tuple(record[key] for record in records))
        async with self.reading() as reader:
            found = await Loader(self.domain, reader).records(resource, returning, where)
        fresh = {record[key]: record for record in found}
        # A destroyed record is no longer there to be read: it is given back as it was.
        return [fresh.get(record[key], record) for record in records]
