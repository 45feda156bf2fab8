"""The right to change the examples of a dataset, for as long as an import takes and however many transactions.

One long transaction would need no such thing, but it would hold back the events of everybody else until its end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import TypeVar
from uuid import UUID

from framework.actions.query import Query
from framework.actions.session import Session
from framework.data.protocols import Commit
from framework.data.selection import Selection
from framework.errors import Conflict, Unavailable
from framework.expr.nodes import Call, Compare, Comparison, Function, Node, Ref, equals, every
from framework.processes.heartbeat import before
from resources.datasets.dataset import Dataset
from resources.datasets.dataset_import import DatasetImport

T = TypeVar("T")
NOW = Call(Function.NOW)
# The process of an import that wrote nothing for so long has died.
SILENT = timedelta(seconds=20)
WAIT_SECONDS, LOOK_SECONDS, RETRY_AFTER_SECONDS = 5.0, 0.05, 5


class LeaseLost(Conflict):
    """The import stood still for so long that it was taken for dead."""

    code = "import_given_up"


OWN = "whether somebody imports into a dataset is shown to nobody"


@dataclass(frozen=True, slots=True)
class ImportLease:
    """A held dataset, at the version that it had. `after` is an import that died, which may have left something."""

    id: UUID
    dataset_id: UUID
    version: int
    after_another: bool

    async def hold(self, session: Session) -> None:
        """Renews the lease, which nobody takes over until the transaction ends; raises LeaseLost."""
        own, spec = session.as_system(OWN), session.domain.of(DatasetImport)
        if not await own.writer.update(spec, equals(id=self.id), {"seen_at": NOW}):
            raise LeaseLost("this import was given up: nothing was heard of it for too long; import the file again")

    async def renew(self, session: Session) -> None:
        """Says that the import lives: between what takes its time and asks the database nothing."""
        await session.with_transaction(self.hold, Commit.SILENT)

    async def release(self, session: Session) -> None:
        """Nobody holds the dataset any more, once the transaction has ended; raises LeaseLost."""
        await self.hold(session)
        await session.as_system(OWN).writer.discard(session.domain.of(DatasetImport), equals(id=self.id))

    async def within(self, session: Session, work: Callable[[Session], Awaitable[T]]) -> T:
        """What the work gives in a transaction of its own, in which the dataset is still held.

        That is made sure of at its end: a transaction holds back the events of everybody from its first write on, and
        the work goes over all its rows before it writes.
        """

        async def held(inner: Session) -> T:
            given = await work(inner)
            await self.hold(inner)
            return given

        return await session.with_transaction(held, Commit.SILENT)

    async def end(self, session: Session, work: Callable[[Session], Awaitable[T]]) -> T:
        """What the work gives in the transaction that releases it, and is on disk when it ends."""

        async def released(inner: Session) -> T:
            await self.release(inner)
            return await work(inner)

        return await session.with_transaction(released)


async def leased(session: Session, dataset_id: UUID) -> ImportLease:
    """The lease of a dataset, waited for a little; raises Unavailable where another import goes on."""
    until = monotonic() + WAIT_SECONDS
    while (lease := await lease_if_free(session, dataset_id)) is None:
        if monotonic() >= until:
            raise Unavailable(
                "another import into this dataset is under way",
                code="import_running",
                params={"retry_after": RETRY_AFTER_SECONDS},
                hint="try again when it is over",
            )
        await asyncio.sleep(LOOK_SECONDS)
    return lease


async def lease_if_free(session: Session, dataset_id: UUID) -> ImportLease | None:
    """The lease, unless another import has it that lives; that of one which died is taken over."""

    async def claim(inner: Session) -> ImportLease | None:
        spec, mine = inner.domain.of(DatasetImport), equals(dataset_id=dataset_id)
        # Held for this moment, so that of two who ask one comes after the other.
        dataset = await inner.get(Dataset, dataset_id, Query().locked())
        own = inner.as_system(OWN)
        dead = await own.writer.discard(spec, every(mine, dead_leases()))
        if await own.writer.read(Selection(spec, ("id",), mine, limit=1)):
            return None
        made = await own.create(DatasetImport.begin, {"dataset_id": dataset_id})
        return ImportLease(made.id, dataset_id, dataset.version, after_another=dead > 0)

    return await session.with_transaction(claim, Commit.SILENT)


def dead_leases() -> Node:
    """The condition of a lease whose import has died."""
    return Compare(Comparison.LT, Ref("seen_at"), before(SILENT))
