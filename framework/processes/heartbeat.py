"""The heartbeat of this process, and which processes have one."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from framework.actions.session import Session
from framework.data.answers import answered_within
from framework.data.protocols import Layer
from framework.data.selection import Selection
from framework.errors import Unavailable
from framework.expr.nodes import Arithmetic, Call, Compare, Comparison, Function, Node, Operator, Ref, Value, equals
from framework.identifiers import uuid7
from framework.processes.process_heartbeat import ProcessHeartbeat
from framework.spec.domain import DomainSpec

NOW = Call(Function.NOW)
BEAT_SECONDS = 10.0
# A beat that is not heard by then is followed by the next one.
ANSWER_SECONDS = 10.0
# A process that was silent for so long has died; a loop that stands still, or a database that was away, has not.
SILENT = timedelta(seconds=60)


class Heartbeat:
    """Beats from the first work that needs it on, for as long as the process lives."""

    def __init__(self, domain: DomainSpec, layer: Layer) -> None:
        self._id = uuid7()
        self._spec, self._layer = domain.of(ProcessHeartbeat), layer
        self._lock = asyncio.Lock()
        self._beating: asyncio.Task[None] | None = None

    async def begun(self) -> UUID:
        """The id of this process, once it is known to live."""
        if self._beating is None or self._beating.done():
            async with self._lock:
                if self._beating is None or self._beating.done():
                    await self._beat()
                    self._beating = asyncio.create_task(self._beat_for_ever())
        return self._id

    async def close(self) -> None:
        """Stops it; what this process has left undone is soon taken for abandoned."""
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.gather(self._beating, return_exceptions=True)

    async def _beat(self) -> None:
        """In good time: one that waited for a database which says nothing would be followed by none."""
        await answered_within(ANSWER_SECONDS, self._seen())

    async def _seen(self) -> None:
        async with self._layer.transaction() as tx:
            if not await tx.update(self._spec, equals(id=self._id), {"seen_at": NOW}):
                name = f"{socket.gethostname()}:{os.getpid()}"
                await tx.insert(self._spec, [{"id": self._id, "name": name, "seen_at": NOW, "created_at": NOW}])

    async def _beat_for_ever(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            with suppress(Unavailable):
                await self._beat()


async def living(session: Session) -> list[UUID]:
    """The processes that live, asked inside of a transaction."""
    spec = session.domain.of(ProcessHeartbeat)
    lately = Compare(Comparison.GE, Ref("seen_at"), before(SILENT))
    return [row["id"] for row in await session.writer.read(Selection(spec, ("id",), lately))]


def before(span: timedelta) -> Node:
    """The moment so long ago, by the store's own clock."""
    return Arithmetic(Operator.ADD, NOW, Value(-span))
