"""Writes whose commit is known to the moment, and how long subscribers waited from there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
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
    committed: dict[str, float] = field(default_factory=dict)
    last_commit: float = 0.0
    commits: list[float] = field(default_factory=list)

    async def write(self, subscribers: Subscribers, every: float, *, until: float) -> None:
        """At even intervals, to one dataset after the other."""
        number = 0
        while time.monotonic() < until:
            dataset = subscribers.datasets[number % len(subscribers.datasets)]
            await self.session.update(Dataset.update, UUID(dataset), {"description": str(number)})
            self.commits.append(1000 * (time.perf_counter() - self.last_commit))
            self.committed[str(number)] = self.last_commit
            number += 1
            await asyncio.sleep(every)

    def note_commit(self, _: Any) -> None:
        """The moment before it is sent: what the disk takes counts as waiting."""
        self.last_commit = time.perf_counter()

    def lags(self, seen: Iterable[Seen], since: float) -> list[float]:
        """How many milliseconds each subscriber waited for each of those that were committed since."""
        known = ((each.at, self.committed.get(each.number, 0.0)) for each in seen)
        return [1000 * (at - committed) for at, committed in known if committed >= since]


@asynccontextmanager
async def timed_writes() -> AsyncIterator[TimedWrites]:
    """An engine of its own, over the database that the environment names."""
    settings = load_settings()
    runtime = assemble(declared(settings).spec, settings, connections=1)
    try:
        timed = TimedWrites(runtime.engine.system("a test prepares", runtime.context("bench")))
        sa.event.listen(runtime.layer.engine.sync_engine, "commit", timed.note_commit)
        yield timed
    finally:
        await runtime.close()
