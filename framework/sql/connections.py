"""Connections of the pool: taken and given back whole, even by callers that are cancelled meanwhile."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import QueuePool

from framework.errors import Unavailable
from framework.places import RETRY_AFTER_SECONDS, Places
from framework.sql.tenant_walls import OURS, OWNER, Standing, stand, standing_of

DISPOSE_SECONDS = 3.0
# The event loop holds its tasks weakly; what a cancelled caller left to be finished is held here.
_unfinished: set[asyncio.Task[None]] = set()


@asynccontextmanager
async def pooled_connection(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection of the system's; what was not committed when the block ends is rolled back."""
    async with _borrowed(engine.execution_options(**{OURS: True})) as connection:
        if standing_of(connection) != OWNER:
            await stand(connection, OWNER, local=False)
            await connection.commit()
        yield connection


@asynccontextmanager
async def _borrowed(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection; what was not committed when the block ends is rolled back.

    Cut off halfway, opening and giving back would leave a connection that belongs to nobody until it is collected
    as garbage. So they go on by themselves. A statement that is cut off is ended, and its connection kept; one that is
    not sent by the driver alone costs its connection, which is closed.
    """
    connection = await _taken(engine)
    try:
        yield connection
    finally:
        await asyncio.shield(_by_itself(connection.close()))


class Shares:
    """The places at one pool, of which those who want one table may hold half: others are served while it is locked.

    A statement is counted for every table that it names. What a transaction asks after its first is not counted.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        pool = engine.pool
        assert isinstance(pool, QueuePool)
        # Whoever holds one may want another, as a job does that shows meanwhile that it lives.
        self._places = Places(max(2, pool.size() // 2))
        self._seconds = pool.timeout()
        self.waiting = 0
        # By the code of the failure.
        self.unanswered = Counter[str]()

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Counts a statement that is not answered, as it took too long, was held up, or the database was away."""
        try:
            yield
        except Unavailable as failure:
            self.unanswered[failure.issues[0].code] += 1
            raise

    @contextmanager
    def awaited(self) -> Iterator[None]:
        """A connection is waited for, by one more, for as long as the block lasts."""
        self.waiting += 1
        try:
            yield
        finally:
            self.waiting -= 1

    @asynccontextmanager
    async def places(self, resources: Sequence[str]) -> AsyncIterator[None]:
        """One of those for the table of each resource; raises Unavailable when one of them is not free in time."""
        await self._take(resources)
        try:
            yield
        finally:
            self._give_back(resources)

    async def _take(self, resources: Sequence[str]) -> None:
        """All or none: whoever waits for one keeps no place of another from those who need that alone."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._seconds
        first, *others = resources
        while True:
            await self._places.take(first, seconds=max(until - loop.time(), 0.0), busy=self._busy(first))
            held = [first, *takewhile(self._places.take_free, others)]
            if len(held) == len(resources):
                return
            self._give_back(held)
            lacking = others[len(held) - 1]
            others = [first, *(each for each in others if each != lacking)]
            first = lacking

    def _give_back(self, resources: Sequence[str]) -> None:
        for resource in resources:
            self._places.give_back(resource)

    def _busy(self, resource: str) -> Unavailable:
        says = f"{self._places.most} statements about `{resource}` are under way, and none has ended in time"
        hint = "try again in a moment; see what holds its table"
        params = {"resource": resource, "most": self._places.most, "retry_after": RETRY_AFTER_SECONDS}
        return Unavailable(says, code="table_busy", params=params, hint=hint)


@dataclass(slots=True)
class OnDemand:
    """One connection for a block of work, taken when it is first needed: then is known for which table.

    Within it, `first` is said before all else. `stands` is how it stands to the walls around tenants, where there are
    any; None where nobody knows.
    """

    engine: AsyncEngine
    shares: Shares
    first: sa.Executable | None = None
    taken: AsyncConnection | None = None
    stands: Standing | None = OWNER
    _held: AsyncExitStack = field(default_factory=AsyncExitStack)

    @asynccontextmanager
    async def block(self) -> AsyncIterator[OnDemand]:
        """The block at whose end it is given back."""
        async with self._held:
            yield self

    async def connection(self, resources: Sequence[str] = ()) -> AsyncConnection:
        """The connection; what is asked about no resource in particular waits for no place."""
        if self.taken is None:
            with self.shares.awaited():
                if resources:
                    await self._held.enter_async_context(self.shares.places(resources))
                self.taken = await self._held.enter_async_context(_borrowed(self.engine))
            self.stands = standing_of(self.taken)
            if self.first is not None:
                await self.taken.execute(self.first)
        return self.taken

    async def standing(self, connection: AsyncConnection, wanted: Standing | None) -> None:
        """Returns once the connection stands so; as it does, where it may."""
        if wanted is None or wanted == self.stands:
            return
        alone = self.engine.sync_engine.get_execution_options().get("isolation_level") == "AUTOCOMMIT"
        self.stands = None
        await stand(connection, wanted, local=not alone)
        self.stands = wanted


async def dispose(engine: AsyncEngine) -> None:
    """Closes all connections, once those are back that cancelled callers left on their way.

    Whatever does not come back soon is called off: a server that says nothing holds up no end of a process.
    """
    here = asyncio.get_running_loop()
    mine = [task for task in _unfinished if task.get_loop() is here]
    if mine:
        _, late = await asyncio.wait(mine, timeout=DISPOSE_SECONDS)
        _unfinished.difference_update(late)
        for task in late:
            task.cancel()
    await engine.dispose()


async def _taken(engine: AsyncEngine) -> AsyncConnection:
    opening = asyncio.create_task(engine.connect().start())
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        _ = _by_itself(_returned(opening))
        raise


async def _returned(opening: asyncio.Task[AsyncConnection]) -> None:
    with suppress(sa.exc.SQLAlchemyError):
        await (await opening).close()


def _by_itself(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    task = asyncio.create_task(work)
    _unfinished.add(task)
    task.add_done_callback(_unfinished.discard)
    return task
