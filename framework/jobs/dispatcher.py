"""The dispatcher: wakes workers for waiting jobs. What it loses, the reaper rings for again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PendingJob:
    """A job that waits, and the queue it waits in."""

    id: UUID
    queue: str


class Dispatcher(Protocol):
    """Tells workers that there is something to do in a queue; nothing of a job travels."""

    async def notify(self, jobs: Sequence[PendingJob]) -> None:
        """Wakes a worker for each of the jobs; it takes whatever waits longest in that queue."""
        ...

    async def unheard(self, queues: Collection[str]) -> Mapping[str, int]:
        """How many bells no worker has heard yet, by queue; a queue that is not told has none."""
        ...
