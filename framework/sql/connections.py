"""Connections of the pool: taken and given back whole, even by callers that are cancelled meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

# The event loop holds its tasks weakly; what a cancelled caller left to be finished is held here.
_unfinished: set[asyncio.Task[None]] = set()


@asynccontextmanager
async def pooled_connection(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection; what was not committed when the block ends is rolled back.

    Cut off halfway, opening and giving back would leave a connection that belongs to nobody until it is collected
    as garbage. So they go on by themselves. A statement that is cut off costs its connection, which is closed.
    """
    connection = await _taken(engine)
    try:
        yield connection
    finally:
        await asyncio.shield(_by_itself(connection.close()))


async def dispose(engine: AsyncEngine) -> None:
    """Closes all connections, once those are back that cancelled callers left on their way."""
    here = asyncio.get_running_loop()
    await asyncio.gather(*(task for task in _unfinished if task.get_loop() is here), return_exceptions=True)
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
