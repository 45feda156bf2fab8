"""A session: one caller's hold on the engine, with who is asking and, inside a transaction, that transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from framework.actions.load import Loader
from framework.actions.query import Page, Query
from framework.actions.read import find, page, total
from framework.actions.request import Request
from framework.actions.run import raised, run
from framework.actions.write import write
from framework.context import Context
from framework.data.protocols import Commit, Reads, Transaction
from framework.declare.actions import ActionRef, CreateRef, DestroyRef, ReadRef, RunRef, UpdateRef
from framework.declare.resource import Resource
from framework.errors import NotFound
from framework.expr.nodes import Among, Ref
from framework.spec.action import ActionSpec
from framework.spec.domain import DomainSpec
from framework.telemetry import span

if TYPE_CHECKING:
    from framework.actions.engine import Engine

R = TypeVar("R", bound=Resource)
Guard = Callable[["Session"], Awaitable[None]]
NONE: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Session:
    """The same calls serve one record and many. `guard` has the first word in every transaction."""

    engine: Engine
    context: Context = field(default_factory=Context)
    guard: Guard | None = None
    tx: Transaction | None = None

    @property
    def domain(self) -> DomainSpec:
        """The domain that is served."""
        return self.engine.domain

    @property
    def writer(self) -> Transaction:
        """The transaction this session is inside of."""
        if self.tx is None:
            raise LookupError("this session is not inside a transaction: open one with `session.transaction()`")
        return self.tx

    @asynccontextmanager
    async def transaction(self, commit: Commit = Commit.DURABLE) -> AsyncIterator[Session]:
        """A session whose calls happen together or not at all; inside of one it is the same one."""
        if self.tx is not None:
            yield self
            return
        async with self.engine.layer.transaction(commit) as tx:
            inner = replace(self, tx=tx)
            if self.guard is not None:
                await self.guard(inner)
            yield inner

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Reads]:
        """Something to read from: the transaction inside of one, what is committed otherwise."""
        if self.tx is not None:
            yield self.tx
            return
        async with self.engine.layer.reading() as reader:
            yield reader

    @asynccontextmanager
    async def looking(self, query: Query) -> AsyncIterator[Reads]:
        """Something to answer this query from: one statement needs less than several that have to agree."""
        if self.tx is not None or query.load or any(len(sort.path) > 1 for sort in query.sort):
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
        """Records for a write, with what `returning` selects and loads; what the verb gives for a generic action.

        All requests succeed, or the failure is raised and nothing is changed.
        """
        if not requests:
            return []
        with span("action", action=f"{action.resource}.{action.name}", calls=len(requests)):
            if not action.writes:
                return raised(await run(self, action, requests))
            outcomes = await write(self, action, requests)
            return await self._returned(action, [outcome.record for outcome in outcomes], returning)

    async def attempt(self, action: ActionSpec, requests: Sequence[Request]) -> list[Any]:
        """What the verb of a generic action gives for each request, a Failure where that one failed."""
        return await run(self, action, requests) if requests else []

    async def page(self, action: ActionSpec, query: Query, arguments: Mapping[str, Any] = NONE) -> Page:
        """One page of a read."""
        return await page(self, action, query, arguments)

    async def total(self, action: ActionSpec, query: Query, arguments: Mapping[str, Any] = NONE) -> int:
        """How many records a read finds in all."""
        return await total(self, action, query, arguments)

    async def find(self, action: ActionSpec, ids: Sequence[Any], query: Query = Query()) -> list[Any]:  # noqa: B008
        """The record of each key, in order; None where there is none."""
        return await find(self, action, ids, query)

    async def read(self, ref: ReadRef[R], query: Query = Query(), **arguments: Any) -> list[R]:  # noqa: B008
        """The records of the first page."""
        return (await self.page(self.spec(ref), query, arguments)).records

    async def get(self, record: type[R], id: Any, query: Query = Query()) -> R:  # noqa: A002, B008
        """One record by its key; raises NotFound."""
        reader = self.domain.of(record).reader
        if reader is None:
            raise LookupError(f"`{record.__name__}` declares no read")
        (found,) = await self.find(reader, [id], query)
        if found is None:
            raise NotFound(f"there is no {record.__name__} with id {id}", path=("id",), params={"id": str(id)})
        one: R = found
        return one

    async def create(self, ref: CreateRef[R], values: Mapping[str, Any]) -> R:
        """One record made."""
        return (await self.create_all(ref, [values]))[0]

    async def create_all(self, ref: CreateRef[R], values: Sequence[Mapping[str, Any]]) -> list[R]:
        """Many records made, in one statement."""
        return await self.perform(self.spec(ref), [Request(item) for item in values])

    async def update(self, ref: UpdateRef[R], id: Any, values: Mapping[str, Any] = NONE) -> R:  # noqa: A002
        """One record changed."""
        updated: R = (await self.perform(self.spec(ref), [Request(values, id)]))[0]
        return updated

    async def destroy(self, ref: DestroyRef[R], id: Any) -> R:  # noqa: A002
        """One record deleted, as it was."""
        gone: R = (await self.perform(self.spec(ref), [Request(id=id)]))[0]
        return gone

    async def run(self, ref: RunRef[Any], values: Mapping[str, Any] = NONE, id: Any = None) -> Any:  # noqa: A002
        """What a generic action gives."""
        return (await self.perform(self.spec(ref), [Request(values, id)]))[0]

    def spec(self, ref: ActionRef[Any]) -> ActionSpec:
        """The action that a reference of a class names."""
        return self.domain.action(ref.record.__name__, ref.name)

    async def _returned(self, action: ActionSpec, records: list[Any], returning: Query) -> list[Any]:
        resource = self.domain.resources[action.resource]
        derived = [name for name in returning.select or () if name in resource.derived]
        if not derived and not returning.load:
            return records
        key = resource.key.name
        where = Among(Ref((key,)), tuple(record[key] for record in records))
        async with self.reading() as reader:
            found = await Loader(self.domain, reader).records(resource, returning, where)
        fresh = {record[key]: record for record in found}
        # A destroyed record is no longer there to be read: it is given back as it was.
        return [fresh.get(record[key], record) for record in records]
