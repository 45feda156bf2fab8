"""Writes of which is known when their commit was sent and when it was done, and how long subscribers waited then."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from framework.actions.session import Session
from framework.cli.declared import declared
from framework.runtime.runtime import assemble
from framework.settings import load_settings
from resources.datasets.dataset import Dataset
from tests.benchmarks.on_call.subscribers import Seen, Subscribers


@dataclass(slots=True)
class TimedWrites:
    """One write after the other, each with a number as the description of its dataset."""

    session: Session
    sent: dict[str, float] = field(default_factory=dict)
    done: dict[str, float] = field(default_factory=dict)
    last_sent: float = 0.0

    async def write(self, subscribers: Subscribers, every: float, *, until: float) -> None:
        """At even intervals, to one dataset after the other."""
        number = 0
        while time.monotonic() < until:
            dataset = UUID(subscribers.datasets[number % len(subscribers.datasets)])
            await self.session.with_transaction(partial(self._written, str(number), dataset))
            self.sent[str(number)] = self.last_sent
            number += 1
            await asyncio.sleep(every)

    async def _written(self, number: str, dataset: UUID, session: Session) -> None:
        async def committed() -> None:
            self.done[number] = time.perf_counter()

        # Before the bell is rung, which is the first that a subscriber waits for.
        session.writer.on_commit(committed)
        await session.update(Dataset.update, dataset, {"description": number})

    def note_sent(self, _: Any) -> None:
        """The moment before a commit is sent."""
        self.last_sent = time.perf_counter()

    @property
    def commits(self) -> list[float]:
        """How many milliseconds each commit took."""
        return [1000 * (self.done[number] - sent) for number, sent in self.sent.items()]


def lags(seen: Iterable[Seen], after: Mapping[str, float], since: float) -> list[float]:
    """How many milliseconds each subscriber waited after each of these moments since; it may be told before one."""
    known = ((each.at, after.get(each.number, 0.0)) for each in seen)
    return [max(1000 * (at - moment), 0.0) for at, moment in known if moment >= since]


@asynccontextmanager
async def timed_writes() -> AsyncIterator[TimedWrites]:
    """An engine of its own, over the database that the environment names."""
    settings = load_settings()
    runtime = assemble(declared(settings).spec, settings, connections=1)
    try:
        timed = TimedWrites(runtime.engine.system("a test prepares", runtime.context("bench")))
        sa.event.listen(runtime.layer.engine.sync_engine, "commit", timed.note_sent)
        yield timed
    finally:
        await runtime.close()
