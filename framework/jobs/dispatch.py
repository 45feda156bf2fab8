"""The dispatcher over Celery: a message in the queue of a job, which says no more than that queue."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeVar

from celery import Celery
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from framework.jobs.celery_app import RUN
from framework.jobs.dispatcher import PendingJob
from framework.telemetry import log

T = TypeVar("T")

# Whoever queues a job has other work to do: a broker that hangs is not waited for, and for a while not even tried.
HEARD_WITHIN = 1.0
QUIET_SECONDS = 2.0


class CeleryDispatcher:
    """A broker that is away, or hangs, costs a job the reaper's interval, and nothing else."""

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._quiet_until = 0.0

    async def notify(self, jobs: Sequence[PendingJob]) -> None:
        """Sends a message for each."""
        await self._asked(lambda: self._send(jobs), None)

    async def unheard(self, queues: Collection[str]) -> Mapping[str, int]:
        """How many messages wait."""
        return await self._asked(lambda: self._count(queues), {})

    async def _asked(self, ask: Callable[[], T], unheard: T) -> T:
        """What the broker says, or `unheard`. Celery's client blocks, so it is asked in a thread."""
        if time.monotonic() < self._quiet_until:
            return unheard
        try:
            async with asyncio.timeout(HEARD_WITHIN):
                return await asyncio.to_thread(ask)
        except (OperationalError, RedisError, OSError) as error:
            self._quiet_until = time.monotonic() + QUIET_SECONDS
            log.warning("dispatch.unheard", error=type(error).__name__)
            return unheard

    def _send(self, jobs: Sequence[PendingJob]) -> None:
        for job in jobs:
            self._app.send_task(RUN, args=[job.queue], queue=job.queue, retry=False)

    def _count(self, queues: Collection[str]) -> dict[str, int]:
        with self._app.connection_for_write() as connection, connection.channel() as channel:
            # Kombu's own way, a passive declaration, looks for a key without our prefix.
            return {queue: int(channel.client.llen(queue)) for queue in queues}
