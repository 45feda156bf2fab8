"""Figures of the queues: what waits and what runs, since when, and what needed another attempt."""

from __future__ import annotations

from datetime import UTC, datetime

from framework.actions.engine import Engine
from framework.data.protocols import Reads
from framework.data.selection import Ordering, Selection
from framework.expr.nodes import Among, Call, Compare, Comparison, Function, Ref, Value, equals, every
from framework.figures import Figure
from framework.jobs.celery_app import queues
from framework.jobs.dispatcher import Dispatcher
from framework.jobs.job import LIVE, Job, JobState


async def job_figures(engine: Engine) -> list[Figure]:
    """For each queue the jobs that wait and run and the age of the oldest that waits; the jobs tried again."""
    async with engine.layer.snapshot_read() as reader:
        found = [figure for queue in queues(engine.domain) for figure in await _of_queue(engine, reader, queue)]
        again = every(Among(Ref("state"), LIVE), Compare(Comparison.GT, Ref("attempt"), Value(1)))
        tried = await reader.count(engine.domain.of(Job), again)
        found += await _leases(engine, reader)
    return [*found, Figure("dspex_jobs_tried_again", "Live jobs in their second attempt or a later one.", tried)]


async def bell_figures(engine: Engine, dispatcher: Dispatcher) -> list[Figure]:
    """How many messages wait in each queue, which may be fewer than its jobs; none while the broker is away."""
    about = "Messages in a queue that no worker has taken."
    waiting = await dispatcher.unheard(queues(engine.domain))
    return [Figure("dspex_queue_messages", about, number, {"queue": queue}) for queue, number in waiting.items()]


async def _leases(engine: Engine, reader: Reads) -> list[Figure]:
    resource, running = engine.domain.of(Job), equals(state=JobState.RUNNING)
    lost = every(running, Compare(Comparison.LT, Ref("lease_expires_at"), Call(Function.NOW)))
    oldest = Selection(resource, ("heartbeat_at",), running, (Ordering(Ref("heartbeat_at")),), limit=1)
    renewed = [row["heartbeat_at"] for row in await reader.read(oldest) if row["heartbeat_at"] is not None]
    age = max((datetime.now(UTC) - renewed[0]).total_seconds(), 0.0) if renewed else 0.0
    return [
        Figure("dspex_lease_age_seconds", "Since when the lease of a running job was not renewed, at most.", age),
        Figure(
            "dspex_jobs_lost", "Running jobs whose worker let the lease run out.", await reader.count(resource, lost)
        ),
    ]


async def _of_queue(engine: Engine, reader: Reads, queue: str) -> list[Figure]:
    resource, labels = engine.domain.of(Job), {"queue": queue}
    found = []
    for state in LIVE:
        number = await reader.count(resource, equals(queue=queue, state=state))
        found.append(Figure("dspex_jobs", "Live jobs, by queue and state.", number, {**labels, "state": str(state)}))
    waiting = equals(queue=queue, state=JobState.QUEUED)
    oldest = Selection(resource, ("created_at",), waiting, (Ordering(Ref("created_at")),), limit=1)
    since = [row["created_at"] for row in await reader.read(oldest)]
    age = max((datetime.now(UTC) - since[0]).total_seconds(), 0.0) if since else 0.0
    return [*found, Figure("dspex_oldest_queued_seconds", "Age of the oldest job that waits.", age, labels)]
