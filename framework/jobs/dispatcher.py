"""The dispatcher: wakes workers for waiting jobs. What it loses, the reaper rings for again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PendingJob:
    """A job that waits, and the queue it waits in."""

    id: UUID
    queue: str


class Dispatcher(Protocol):
    """Passes the ids of jobs to workers; nothing else of a job travels."""

    async def notify(self, jobs: Sequence[PendingJob]) -> None:
        """Wakes a worker for each of the jobs."""
        ...
