"""Queues a job that repeats by itself: once an interval, however many beats ask, and not while one is under way."""

from __future__ import annotations

from framework.actions.session import Session
from framework.data.selection import Selection
from framework.errors import Conflict
from framework.expr.nodes import Compare, Comparison, Ref, equals, every
from framework.jobs.job import Job
from framework.jobs.lease import in_seconds
from framework.jobs.queueing import JobRequest, queue_jobs
from framework.telemetry import log

# A beat that comes a little early is still the next one.
WHOLE = 0.9


async def repeat(session: Session, resource: str, job: str) -> None:
    """Adds the row, unless the last one has not ended or is of this interval; of two beats at once, one is refused."""

    async def queue(inner: Session) -> None:
        if not await _queued_lately(resource, job, inner):
            await queue_jobs(inner.domain.action(resource, job), [JobRequest(resource)], inner)

    try:
        await session.with_transaction(queue)
    except Conflict:
        log.info("job.still_under_way", action=f"{resource}.{job}")


async def _queued_lately(resource: str, job: str, session: Session) -> bool:
    spec = session.domain.action(resource, job).job
    interval = 0.0 if spec is None else spec.every or 0.0
    lately = Compare(Comparison.GT, Ref("created_at"), in_seconds(-interval * WHOLE))
    of_it = equals(target_type=resource, target_id=resource, action=job)
    return bool(await session.writer.read(Selection(session.domain.of(Job), ("id",), every(of_it, lately), limit=1)))
