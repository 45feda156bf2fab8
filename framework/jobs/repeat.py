"""Queues a job that repeats by itself; one that is still under way is not queued a second time."""

from __future__ import annotations

from framework.actions.session import Session
from framework.errors import Conflict
from framework.jobs.enqueue import queue_jobs
from framework.telemetry import log


async def repeat(session: Session, resource: str, job: str) -> None:
    """Adds the row, unless the last one has not ended."""
    try:
        async with session.transaction() as inner:
            await queue_jobs(resource, job, [resource], inner)
    except Conflict:
        log.info("job.still_under_way", action=f"{resource}.{job}")
