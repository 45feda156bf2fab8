"""The protocols of a data layer. What a layer cannot do, it does not have.

Rows are plain mappings from attribute name to Python value (enum members, aware datetimes, Pydantic models);
a value to be written may be an expression node instead, which the layer works out.
Failures are ours: `Conflict` for what is taken or still in use, `Invalid` for what the store refuses,
`Unavailable` when it does not answer. When several rows were given and the store says which of them it refuses, the
path begins with that one's index.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from framework.data.access_scope import AccessScope
from framework.data.partitions import Partitions
from framework.data.selection import Selection
from framework.data.total import Total
from framework.errors import Failure
from framework.expr.nodes import Node
from framework.spec.resource import ResourceSpec

Row = Mapping[str, Any]
Asked_contra = TypeVar("Asked_contra", contravariant=True)
Given = TypeVar("Given")


class Commit(StrEnum):
    """When a commit is told: once it survives a power failure, or as soon as everybody sees it.

    What was committed SOON may be forgotten by a store that crashes within the next second, in order: never while
    something that was committed after it is remembered. SILENT is that of a transaction which tells nothing: it leaves
    no events and no number of its own, and the horizon does not wait for it.
    """

    DURABLE = "durable"
    SOON = "soon"
    SILENT = "silent"


class Reads(Protocol):
    """Answers questions."""

    def scoped(self, scope: AccessScope | None) -> Reads:
        """The same reader as one sees through it who may see so much; None is everything, whatever this one sees."""
        ...

    def whole(self) -> Reads:
        """The same reader with nothing hidden but what belongs to other tenants than the scope's."""
        ...

    async def read(self, selection: Selection) -> list[Row]:
        """The rows selected, each with the values asked for."""
        ...

    async def count(self, resource: ResourceSpec, where: Node | None) -> int:
        """How many records satisfy the condition."""
        ...

    async def estimate(self, resource: ResourceSpec, where: Node | None) -> Total:
        """The same, where they are many without looking at all of them; up to `COUNTED` it is exact."""
        ...


class Writes(Protocol):
    """Changes what is stored; what writes gives back whole rows (all attributes), as stored.

    Through a scope, a write finds the records that may be seen. What it sets by expressions is worked out of what is
    stored, whoever may read that, and the whole rows that it gives back are not for whoever asked, who reads them
    through the scope. What has to hold of everything stored is looked at in everything.
    """

    async def insert(self, resource: ResourceSpec, rows: Sequence[Row]) -> list[Row]:
        """The rows as stored, in the order given; in one statement where the store can."""
        ...

    async def update_each(self, resource: ResourceSpec, changes: Mapping[Any, Row], where: Node | None) -> list[Row]:
        """The records of these keys that satisfied the condition, each with values of its own; in one statement.

        Every change names the same attributes, and where one is an expression, it is the same one in all.
        """
        ...

    async def update(self, resource: ResourceSpec, where: Node, values: Row) -> list[Row]:
        """The rows that satisfied the condition, as they are now; in one statement."""
        ...

    async def delete(self, resource: ResourceSpec, where: Node) -> list[Row]:
        """The rows that satisfied the condition, as they were."""
        ...

    async def discard(self, resource: ResourceSpec, where: Node) -> int:
        """How many rows satisfied the condition, which are gone; what they held is not read."""
        ...


class Transaction(Reads, Writes, Protocol):
    """Reads and writes that happen together or not at all.

    After a statement in it has failed nothing more can be done in it, and it cannot be committed: whoever goes on is
    told so by a failure with the code `transaction_failed`. What may fail stands in a savepoint.
    """

    def scoped(self, scope: AccessScope | None) -> Transaction:
        """The same transaction, failure and effects included, as one sees through it who may see so much."""
        ...

    def whole(self) -> Transaction:
        """The same transaction with nothing hidden but what belongs to other tenants than the scope's."""
        ...

    def savepoint(self) -> AbstractAsyncContextManager[None]:
        """A part that can fail alone: when its block raises, only what was done in it is undone."""
        ...

    def partitions(self, resource: ResourceSpec) -> Partitions | None:
        """Those that the records of a resource are kept in; None where they are not kept so."""
        ...

    @property
    def commit(self) -> Commit:
        """How it is committed."""
        ...

    def on_commit(self, effect: Callable[[], Awaitable[None]]) -> None:
        """Runs the effect once the transaction is committed, never if it is rolled back.

        An effect that fails is logged: what must not be lost is in the store already.
        """
        ...


class Layer(Protocol):
    """Where records are kept."""

    def transaction(self, commit: Commit = Commit.DURABLE) -> AbstractAsyncContextManager[Transaction]:
        """A transaction: committed when the block ends, rolled back when it raises."""
        ...

    def snapshot_read(self) -> AbstractAsyncContextManager[Reads]:
        """One consistent look at what is committed."""
        ...

    def autocommit_read(self) -> AbstractAsyncContextManager[Reads]:
        """A look for one question, or some that need no consistency with one another; it is cheaper for it."""
        ...

    async def ping(self) -> None:
        """Returns when the store answers; raises Unavailable."""
        ...


class Executes(Protocol[Asked_contra, Given]):
    """Carries out calls that take their time, outside of any transaction: a language model, an HTTP service."""

    async def execute(self, calls: Sequence[Asked_contra]) -> list[Given | Failure]:
        """The result of each call, in order; a call that fails gives its failure and disturbs no other."""
        ...

    async def aclose(self) -> None:
        """Lets go of the connections of this event loop."""
        ...
