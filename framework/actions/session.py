"""A session: one caller's hold on the engine, with who is asking and, inside a transaction, that transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeVar

from framework.actions.layers import Layers
from framework.actions.query import Page, Query
from framework.actions.request import Request
from framework.context import Context
from framework.data.access_scope import AccessScope
from framework.data.protocols import Commit, Reads, Transaction
from framework.data.total import Total
from framework.declare.actions import ActionRef, CreateRef, DestroyRef, ReadRef, RunRef, UpdateRef
from framework.declare.resource import Resource
from framework.errors import NotFound
from framework.policy.decisions import Decisions
from framework.spec.action import ActionSpec
from framework.spec.domain import DomainSpec

R = TypeVar("R", bound=Resource)
T = TypeVar("T")
NONE: Mapping[str, Any] = {}


class Session(Protocol):
    """What steps, verbs and transports may do. The same calls serve one record and many."""

    @property
    def domain(self) -> DomainSpec:
        """The domain that is served."""
        ...

    @property
    def context(self) -> Context:
        """Who is asking, and in which circumstances."""
        ...

    @property
    def decisions(self) -> Decisions | None:
        """What its actor may do; None where nothing is asked, as the domain has no policies or the system acts."""
        ...

    @property
    def scope(self) -> AccessScope | None:
        """What it may see; None for everything."""
        ...

    @property
    def own(self) -> str | None:
        """Why the engine itself acts here, for nobody else; None where it acts for an actor, with or without rights."""
        ...

    @property
    def scopes(self) -> Collection[str] | None:
        """What it may be used for by words that name actions, as the scopes of a key do; None for everything."""
        ...

    def entered(self) -> Session:
        """The same session once an action is allowed: what that does by itself is not held to the scopes of a key."""
        ...

    def as_system(self, why: str) -> Session:
        """The same session, in the same transaction, which no policy holds: for what the actor may not do or see by
        itself. `why` is a line of the log, at its most talkative."""
        ...

    def whole(self) -> Session:
        """The same session, to which no value is hidden of the records that it sees: for the engine's own looks."""
        ...

    def seeing(self, action: ActionSpec, arguments: Mapping[str, Any]) -> Session:
        """The same session, which sees of the resource of this read what that may find when it is asked with these."""
        ...

    @property
    def services(self) -> Mapping[type, Any]:
        """What verbs and steps need besides the records, by its protocol."""
        ...

    @property
    def layers(self) -> Layers:
        """What carries out calls besides the database: `await session.layers.opened(LM)`."""
        ...

    @property
    def writer(self) -> Transaction:
        """The transaction this session is inside of; raises LookupError outside of any."""
        ...

    def transaction(self, commit: Commit = Commit.DURABLE) -> AbstractAsyncContextManager[Session]:
        """A session whose calls happen together or not at all.

        Inside of one it is the same one, which is committed as whoever opened it has said. One that gave way to
        another transaction is not done again: `with_transaction` does that.
        """
        ...

    async def with_transaction(self, work: Callable[[Session], Awaitable[T]], commit: Commit = Commit.DURABLE) -> T:
        """What the work gives in a transaction, which is done again from the start when it gave way to another one.

        So the work does nothing but write and read in it. Inside of a transaction it is part of that one, and done
        again with it or not at all.
        """
        ...

    def savepoint(self) -> AbstractAsyncContextManager[None]:
        """A part of the transaction that can fail alone: a failure caught outside of it leaves the rest as it was."""
        ...

    def snapshot_read(self) -> AbstractAsyncContextManager[Reads]:
        """Something to read from: the transaction inside of one, what is committed otherwise."""
        ...

    def reader_for(self, query: Query) -> AbstractAsyncContextManager[Reads]:
        """Something to answer this query from: one statement needs less than several that have to agree.

        Raises LookupError for a query that locks outside of a transaction, where it would hold nothing.
        """
        ...

    async def perform(
        self,
        action: ActionSpec,
        requests: Sequence[Request],
        returning: Query = Query(),  # noqa: B008 - frozen
    ) -> list[Any]:
        """Records for a write, with what `returning` selects and loads, None for one that the session may not see
        now; what the verb gives for a generic action.

        All requests of a write succeed, or the failure is raised and its transaction undone; who catches that inside
        a transaction of their own has put the call into a savepoint. What a verb and its steps did for the requests
        that succeeded stays, whichever of the others failed.
        """
        ...

    async def attempt(self, action: ActionSpec, requests: Sequence[Request]) -> list[Any]:
        """What the verb of a generic action gives for each request, a Failure where that one was refused or failed.

        Raises LookupError for any other action, and the failure of what refused all of them.
        """
        ...

    async def page(self, action: ActionSpec, query: Query, arguments: Mapping[str, Any] = NONE) -> Page:
        """One page of a read."""
        ...

    async def total(self, action: ActionSpec, query: Query, arguments: Mapping[str, Any] = NONE) -> int:
        """How many records a read finds in all, counted one by one."""
        ...

    async def estimate(self, action: ActionSpec, query: Query, arguments: Mapping[str, Any] = NONE) -> Total:
        """The same, estimated where there are so many that counting them takes its time."""
        ...

    async def find(self, action: ActionSpec, ids: Sequence[Any], query: Query = Query()) -> list[Any]:  # noqa: B008
        """The record of each key, in order; None where there is none."""
        ...

    async def read(self, ref: ReadRef[R], query: Query = Query(), **arguments: Any) -> list[R]:  # noqa: B008
        """The records of the first page."""
        return (await self.page(self.spec(ref), query, arguments)).records

    async def get(self, record: type[R], id: Any, query: Query = Query()) -> R:  # noqa: A002, B008
        """One record by its key; raises NotFound."""
        reader = self.domain.of(record).reader
        if reader is None:
            raise LookupError(f"`{record.__name__}` declares no read that needs no arguments")
        (found,) = await self.find(reader, [id], query)
        if found is None:
            raise NotFound.record(record.__name__, id)
        one: R = found
        return one

    async def create(self, ref: CreateRef[R], values: Mapping[str, Any]) -> R:
        """One record made."""
        return (await self.create_all(ref, [values]))[0]

    async def create_all(self, ref: CreateRef[R], values: Sequence[Mapping[str, Any]]) -> list[R]:
        """Many records made, all or none: a statement for every two hundred of them."""
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
