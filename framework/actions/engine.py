"""The engine: a domain, where its records are kept, and who is told of what happens to them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from time import perf_counter
from typing import Any, TypeVar

from framework.actions.changeset import Outcome
from framework.actions.layers import Layers
from framework.actions.load import as_asked, hides
from framework.actions.notifier import Attempt, Notifier, NullNotifier
from framework.actions.permission.narrowed import narrowed
from framework.actions.pipeline import CarryOut, carried_out
from framework.actions.query import Page, Query
from framework.actions.read import estimate, find, page, total
from framework.actions.refusals import places_of, refuse_none, together
from framework.actions.request import Request
from framework.actions.retrying import tried_again
from framework.actions.run import run
from framework.actions.session import NONE, Session
from framework.actions.store import destroy, store
from framework.context import Context
from framework.data.access_scope import AccessScope
from framework.data.protocols import Commit, Layer, Reads, Transaction
from framework.data.selection import Lock
from framework.data.total import Total
from framework.errors import Failure, code_of
from framework.figures import Measures
from framework.policy.decisions import Decisions
from framework.spec.action import ActionKind, ActionSpec
from framework.spec.domain import DomainSpec
from framework.telemetry import log, span

Guard = Callable[[Session], Awaitable[None]]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Engine:
    """One a process. `services` holds what verbs and steps need besides, `layers` what carries out their calls."""

    domain: DomainSpec
    layer: Layer
    notifier: Notifier = field(default_factory=NullNotifier)
    services: Mapping[type, Any] = field(default_factory=dict)
    layers: Layers = field(default_factory=Layers)
    decisions: Decisions | None = None

    def __post_init__(self) -> None:
        # Compiled once: an engine made of another one has its.
        if self.decisions is None:
            object.__setattr__(self, "decisions", Decisions.of(self.domain))

    def session(self, context: Context | None = None, *, guard: Guard | None = None) -> Session:
        """A caller's hold on the engine, held by the policies; `guard` has the first word in every transaction."""
        given = self._in_its_tenant(context or Context())
        if self.decisions is None or not self.decisions.asked:
            return LiveSession(self, given, guard)
        scopes = None if given.actor is None else given.actor.facts.get("scopes")
        scope = narrowed(self.decisions.scope(given), scopes, self.domain)
        return LiveSession(self, given, guard, scope=scope, decisions=self.decisions, scopes=scopes)

    def system(self, why: str, context: Context | None = None, *, guard: Guard | None = None) -> Session:
        """A hold of the system itself, which no policy holds; `why` is kept with the jobs that it queues."""
        return LiveSession(self, self._in_its_tenant(context or Context()), guard, own=why)

    def _in_its_tenant(self, context: Context) -> Context:
        return context if self.decisions is None else self.decisions.in_its_tenant(context)


@dataclass(frozen=True, slots=True)
class LiveSession(Session):
    """A session of an engine."""

    engine: Engine
    context: Context = field()
    guard: Guard | None = None
    tx: Transaction | None = None
    scope: AccessScope | None = None
    decisions: Decisions | None = None
    own: str | None = None
    scopes: Collection[str] | None = None

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
        return self.tx if self.scope is None else self.tx.scoped(self.scope)

    def as_system(self, why: str) -> Session:
        if self.decisions is None:
            return self
        log.debug("session.as_system", why=why, actor=self.context.actor and self.context.actor.id)
        return replace(self, scope=None, decisions=None, scopes=None)

    def entered(self) -> Session:
        if self.scopes is None or self.decisions is None:
            return self
        return replace(self, scope=self.decisions.scope(self.context), scopes=None)

    def seeing(self, action: ActionSpec, arguments: Mapping[str, Any]) -> Session:
        if self.decisions is None:
            return self
        scope = self.decisions.scope(self.context, of=action, given=arguments)
        return replace(self, scope=narrowed(scope, self.scopes, self.domain))

    def whole(self) -> Session:
        return self if self.scope is None else replace(self, scope=self.scope.of_rows)

    @asynccontextmanager
    async def transaction(self, commit: Commit = Commit.DURABLE) -> AsyncIterator[Session]:
        if self.tx is not None:
            yield self
            return
        async with self.engine.layer.transaction(commit) as tx:
            inner = replace(self, tx=tx)
            if self.guard is not None:
                await self.guard(inner.as_system("the guard of a transaction looks at what is the engine's own"))
            yield inner

    async def with_transaction(self, work: Callable[[Session], Awaitable[T]], commit: Commit = Commit.DURABLE) -> T:
        if self.tx is not None:
            return await work(self)

        async def once() -> T:
            async with self.transaction(commit) as inner:
                return await work(inner)

        return await tried_again(once)

    def savepoint(self) -> AbstractAsyncContextManager[None]:
        return self.writer.savepoint()

    @asynccontextmanager
    async def snapshot_read(self) -> AsyncIterator[Reads]:
        if self.tx is not None:
            yield self.writer
            return
        async with self.engine.layer.snapshot_read() as reader:
            yield self._scoped(reader)

    @asynccontextmanager
    async def reader_for(self, query: Query) -> AsyncIterator[Reads]:
        if query.lock is not Lock.NONE and self.tx is None:
            says = "a locking query holds its records until its transaction ends"
            raise LookupError(f"{says}: ask it inside `async with session.transaction()`")
        if self.tx is not None or query.related or query.may:
            async with self.snapshot_read() as reader:
                yield reader
            return
        async with self.engine.layer.autocommit_read() as reader:
            yield self._scoped(reader)

    def _scoped(self, reader: Reads) -> Reads:
        return reader if self.scope is None else reader.scoped(self.scope)

    async def perform(
        self,
        action: ActionSpec,
        requests: Sequence[Request],
        returning: Query = Query(),  # noqa: B008 - frozen
    ) -> list[Any]:
        if not requests:
            return []
        with _measured(action, self.services.get(Measures), calls=len(requests)):
            by = self._carry_out(action, returning)
            async with self._noting_refusals(action, [request.id for request in requests]):
                results = await carried_out(self, action, requests, by=by, notifier=self.engine.notifier)
                failed = {index: [result] for index, result in enumerate(results) if isinstance(result, Failure)}
                if failed:
                    raise together(failed, len(requests))
            outcomes = [result for result in results if isinstance(result, Outcome)]
            return await self._returned(action, outcomes, returning)

    async def attempt(self, action: ActionSpec, requests: Sequence[Request]) -> list[Any]:
        if action.kind is not ActionKind.GENERIC:
            says = f"`{action.resource}.{action.name}` is of the kind {action.kind}, done for all requests or for none"
            raise LookupError(f"{says}: only a generic action is attempted")
        if not requests:
            return []
        with _measured(action, self.services.get(Measures), calls=len(requests)):
            notifier = self.engine.notifier
            results = await carried_out(self, action, requests, by=run, notifier=notifier, refuse=refuse_none)
        failed = [(r.id, result) for r, result in zip(requests, results, strict=True) if isinstance(result, Failure)]
        await self._note_refused(action, failed)
        return [result if isinstance(result, Failure) else result.result for result in results]

    @asynccontextmanager
    async def _noting_refusals(self, action: ActionSpec, ids: Sequence[Any] = (None,)) -> AsyncIterator[None]:
        """A block whose failure is noted for each of the calls that it is about, by the keys that they name."""
        try:
            yield
        except Failure as failure:
            await self._note_refused(action, [(ids[at], failure) for at in places_of(failure, len(ids))])
            raise

    async def _note_refused(self, action: ActionSpec, attempts: Sequence[Attempt]) -> None:
        """What somebody may not is on record; what a step of ours tries within a transaction is a part of its call."""
        if attempts and self.tx is None and self.decisions is not None:
            await self.engine.notifier.refused(action, attempts, self)

    def _carry_out(self, action: ActionSpec, returning: Query) -> CarryOut:
        match action.kind:
            case ActionKind.CREATE | ActionKind.UPDATE:
                return store
            case ActionKind.DESTROY:
                return partial(destroy, returning=returning, notifier=self.engine.notifier)
            case ActionKind.GENERIC:
                return run
        way = "read it by `page`" if action.kind is ActionKind.READ else "queue it by the step `enqueue`"
        raise LookupError(
            f"`{action.resource}.{action.name}` is of the kind {action.kind}, which is not performed: {way}"
        )

    async def _returned(self, action: ActionSpec, outcomes: Sequence[Outcome], returning: Query) -> list[Any]:
        if not action.writes:
            return [outcome.result for outcome in outcomes]
        resource = self.domain.resources[action.resource]
        hidden = hides(self, resource)
        if action.kind is ActionKind.DESTROY:
            return [o.record if o.result is None and not hidden else o.result for o in outcomes]
        keys = [outcome.record[resource.key.name] for outcome in outcomes]
        fresh = await as_asked(self, resource, keys, returning)
        return [fresh.get(key, None if hidden else o.record) for key, o in zip(keys, outcomes, strict=True)]

    async def page(self, action: ActionSpec, query: Query, arguments: Mapping[str, Any] = NONE) -> Page:
        async with self._noting_refusals(action):
            return await page(self, action, query, arguments)

    async def total(self, action: ActionSpec, query: Query, arguments: Mapping[str, Any] = NONE) -> int:
        async with self._noting_refusals(action):
            return await total(self, action, query, arguments)

    async def estimate(self, action: ActionSpec, query: Query, arguments: Mapping[str, Any] = NONE) -> Total:
        async with self._noting_refusals(action):
            return await estimate(self, action, query, arguments)

    async def find(self, action: ActionSpec, ids: Sequence[Any], query: Query = Query()) -> list[Any]:  # noqa: B008
        async with self._noting_refusals(action, ids):
            return await find(self, action, ids, query)


@contextmanager
def _measured(action: ActionSpec, measures: Measures | None, *, calls: int) -> Iterator[None]:
    """A span and a line, and a measure where somebody takes note of it."""
    name, began, outcome = f"{action.resource}.{action.name}", perf_counter(), "ok"
    try:
        with span("action", action=name, calls=calls):
            yield
    except BaseException as error:
        outcome = code_of(error)
        raise
    finally:
        if measures is not None:
            measures.action(name, outcome, perf_counter() - began)
