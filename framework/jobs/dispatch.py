"""The dispatcher over Celery: sends the id of a job to the queue it waits in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from celery import Celery
from kombu.exceptions import OperationalError

from framework.jobs.celery_app import RUN
from framework.jobs.dispatcher import PendingJob
from framework.telemetry import log

# Whoever queues a job has other work to do: a broker that hangs is not waited for, and for a while not even tried.
HEARD_WITHIN = 1.0
QUIET_SECONDS = 2.0


class CeleryDispatcher:
    """A broker that is away, or hangs, costs a job the reaper's interval, and nothing else."""

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._quiet_until = 0.0

    async def notify(self, jobs: Sequence[PendingJob]) -> None:
        """Sends each id; Celery's client blocks, so it does so in a thread."""
        if time.monotonic() < self._quiet_until:
            return
        try:
            async with asyncio.timeout(HEARD_WITHIN):
                await asyncio.to_thread(self._send, jobs)
        except (OperationalError, OSError) as error:
            self._quiet_until = time.monotonic() + QUIET_SECONDS
            log.warning("dispatch.unheard", jobs=len(jobs), error=type(error).__name__)

    def _send(self, jobs: Sequence[PendingJob]) -> None:
        for job in jobs:
            self._app.send_task(RUN, args=[str(job.id)], queue=job.queue, retry=False)
