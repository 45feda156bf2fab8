"""The dispatcher over Celery: sends the id of a job to the queue it waits in."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from celery import Celery
from kombu.exceptions import OperationalError

from framework.jobs.celery_app import RUN
from framework.jobs.dispatcher import Waiting
from framework.telemetry import log


@dataclass(frozen=True, slots=True)
class CeleryDispatcher:
    """A broker that is away costs a job the reaper's interval, and nothing else."""

    app: Celery

    async def ring(self, jobs: Sequence[Waiting]) -> None:
        """Sends each id; Celery's client blocks, so it does so in a thread."""
        try:
            await asyncio.to_thread(self._send, jobs)
        except (OperationalError, OSError) as error:
            log.warning("dispatch.unheard", jobs=len(jobs), error=type(error).__name__)

    def _send(self, jobs: Sequence[Waiting]) -> None:
        for job in jobs:
            self.app.send_task(RUN, args=[str(job.id)], queue=job.queue, retry=False)
