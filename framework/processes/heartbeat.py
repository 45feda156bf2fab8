"""The heartbeat of this process, and which processes have one."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from framework.actions.session import Session
from framework.data.answers import answered_within
from framework.data.protocols import Layer
from framework.data.selection import Selection
from framework.errors import Unavailable
from framework.expr.nodes import Arithmetic, Call, Compare, Comparison, Function, Node, Operator, Ref, Value, equals
from framework.figures import Figure
from framework.identifiers import uuid7
from framework.processes.process_heartbeat import ProcessHeartbeat
from framework.spec.domain import DomainSpec

NOW = Call(Function.NOW)
BEAT_SECONDS = 10.0
# A beat that is not heard by then is followed by the next one.
ANSWER_SECONDS = 10.0
# A process that was silent for so long has died; a loop that stands still, or a database that was away, has not.
SILENT = timedelta(seconds=60)
UNDER_WAY = "Executions of programs, and whatever else this process would leave abandoned, by when they were begun."
LONG_SECONDS = 300.0


@dataclass(slots=True, eq=False)
class Term:
    """An id of this process, and how many pieces of work go on under it."""

    id: UUID
    under_way: int = 0


class Heartbeat:
    """Beats from the first work that needs it on, for as long as the process lives.

    Of work that broke off nobody knows what stands of it: a database that went away may have kept the beginning, and
    was not told of the end. So the id under which it was begun is that of no work that is new, and is heard of no more
    once the rest of what goes on under it has ended. What is left of it is abandoned then, though the process lives.
    """

    def __init__(self, domain: DomainSpec, layer: Layer) -> None:
        self._spec, self._layer = domain.of(ProcessHeartbeat), layer
        self._lock = asyncio.Lock()
        self._beating: asyncio.Task[None] | None = None
        self._term: Term | None = None
        self._ending = set[Term]()
        self._begun = dict[object, float]()

    def figures(self) -> list[Figure]:
        """How much is under way, and for how long."""
        now = time.monotonic()
        ages = [now - began for began in self._begun.values()]
        long = sum(age > LONG_SECONDS for age in ages)
        return [
            Figure("dspex_work_under_way", UNDER_WAY, len(ages) - long, {"begun": "lately"}),
            Figure("dspex_work_under_way", UNDER_WAY, long, {"begun": "over_5_minutes_ago"}),
            Figure("dspex_oldest_work_seconds", "Age of the oldest of it.", max(ages, default=0.0)),
        ]

    @asynccontextmanager
    async def work(self) -> AsyncIterator[UUID]:
        """An id of this process, once it is known to live, for work that writes its own end before this is left."""
        term, began = await self._known(), object()
        term.under_way += 1
        self._begun[began] = time.monotonic()
        try:
            yield term.id
        except BaseException:
            if self._term is term:
                self._term = None
                self._ending.add(term)
            raise
        finally:
            del self._begun[began]
            term.under_way -= 1
            if not term.under_way:
                self._ending.discard(term)

    async def close(self) -> None:
        """Stops it; what this process has left undone is soon taken for abandoned."""
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.gather(self._beating, return_exceptions=True)

    async def _known(self) -> Term:
        """The term that new work belongs to."""
        async with self._lock:
            if self._term is None or self._beating is None or self._beating.done():
                term = self._term or Term(uuid7())
                await self._beat(term)
                self._term = term
                if self._beating is None or self._beating.done():
                    self._beating = asyncio.create_task(self._beat_for_ever())
            return self._term

    async def _beat(self, *terms: Term) -> None:
        """In good time: one that waited for a database which says nothing would be followed by none."""
        await answered_within(ANSWER_SECONDS, self._seen(terms))

    async def _seen(self, terms: Sequence[Term]) -> None:
        name = f"{socket.gethostname()}:{os.getpid()}"
        async with self._layer.transaction() as tx:
            for term in terms:
                if not await tx.update(self._spec, equals(id=term.id), {"seen_at": NOW}):
                    await tx.insert(self._spec, [{"id": term.id, "name": name, "seen_at": NOW, "created_at": NOW}])

    async def _beat_for_ever(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            with suppress(Unavailable):
                await self._beat(*self._ending, *([self._term] if self._term else []))


async def living(session: Session) -> list[UUID]:
    """The processes that live, asked inside of a transaction."""
    spec = session.domain.of(ProcessHeartbeat)
    lately = Compare(Comparison.GE, Ref("seen_at"), before(SILENT))
    own = session.as_system("which processes live is the engine's own")
    return [row["id"] for row in await own.writer.read(Selection(spec, ("id",), lately))]


def before(span: timedelta) -> Node:
    """The moment so long ago, by the store's own clock."""
    return Arithmetic(Operator.ADD, NOW, Value(-span))
