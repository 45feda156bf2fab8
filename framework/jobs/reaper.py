"""The reaper: finds jobs that are due by themselves, that lost their worker or their bell, and sees that they run.

Any number of reapers may work at once: what one of them holds, the others leave out.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from datetime import timedelta

from framework.actions.engine import Engine
from framework.data.protocols import Row
from framework.data.selection import Lock, Ordering, Selection
from framework.errors import Unavailable, code_of
from framework.expr.nodes import Among, Ref, equals, every
from framework.jobs.complete import complete, tried_again
from framework.jobs.dispatcher import Dispatcher, PendingJob
from framework.jobs.job import Job
from framework.jobs.job_run import JobRun, session_of
from framework.jobs.lease import Lease, LeaseLost, due, expired, in_seconds, past
from framework.jobs.schedules.due import queue_due
from framework.telemetry import log

BATCH = 100
# Bells for one queue at once.
FEW = 2
# Before the first bell is taken for missed, and the longest time between two.
PATIENCE, LONGEST_PATIENCE = 5.0, 60.0
# For how long jobs are taken back before the rest is seen to; what is left is for the next time.
TAKING_BACK_SECONDS = 15.0
# So late a look is one that was missed.
GAP_SECONDS = 10.0
LOST = {"code": "worker_lost", "message": "the worker died before the job came to its end", "params": {}}


class Attention:
    """For how long a reaper has looked without a gap. After one, as when the database was away or its own process
    stood still, whoever is silent may only not have been heard."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since = self._seen = clock()
        self._looking = False

    def look(self) -> timedelta:
        """A look begins; how long there was none that failed, or came late."""
        now = self._clock()
        if self._looking or now - self._seen > GAP_SECONDS:
            self._since = now
        self._looking = True
        return timedelta(seconds=now - self._since)

    def seen(self) -> None:
        """It came to its end."""
        self._looking, self._seen = False, self._clock()


async def reap(engine: Engine, dispatcher: Dispatcher, *, attentive: timedelta = timedelta.max) -> int:
    """For how many jobs it rang: those that lost their worker and have attempts left, and those never begun.

    A worker has lost its job if it did not renew the lease while somebody was attentive for as long as that lasts.
    """
    await queue_due(engine)
    await _take_back_lost(engine, attentive)
    waiting = await _unbegun(engine, dispatcher)
    if waiting:
        await dispatcher.notify(waiting)
    return len(waiting)


async def _take_back_lost(engine: Engine, attentive: timedelta) -> None:
    """In an order of chance and for a while only: those whose records others hold, each waited for for seconds, keep
    back neither the rest nor what is to be seen to besides."""
    found = await _orphans(engine)
    until = time.monotonic() + TAKING_BACK_SECONDS
    for row in random.sample(found, len(found)):
        if time.monotonic() >= until:
            return
        if row["lease_expires_at"] - row["heartbeat_at"] > attentive:
            continue
        try:
            await _take_back(engine, row)
        except LeaseLost:
            log.info("job.found_alive", job=str(row["id"]))
        except Unavailable as failure:
            if failure.issues[0].code == "database_unavailable":
                raise
            log.warning("job.not_reaped", job=str(row["id"]), code=failure.issues[0].code)
        except Exception as error:  # noqa: BLE001 - one that cannot be helped must not keep help from the others
            log.error("job.not_reaped", job=str(row["id"]), exc_info=error)


async def reap_for_ever(engine: Engine, dispatcher: Dispatcher, *, every_seconds: float) -> None:
    """Reaps until cancelled; what fails is tried again the next time."""
    attention = Attention()
    while True:
        try:
            await reap(engine, dispatcher, attentive=attention.look())
            attention.seen()
        except Exception as error:  # noqa: BLE001 - a reaper that dies is missed by nobody until it is too late
            log.warning("reaper.waiting", error=code_of(error))
        await asyncio.sleep(every_seconds)


async def _orphans(engine: Engine) -> Sequence[Row]:
    resource = engine.domain.of(Job)
    oldest = (Ordering(Ref("lease_expires_at")),)
    async with engine.layer.snapshot_read() as reader:
        return await reader.read(Selection(resource, tuple(resource.attributes), expired(), oldest, BATCH))


async def _take_back(engine: Engine, row: Row) -> None:
    log.warning("job.orphaned", job=str(row["id"]), attempt=row["attempt"], owner=row["lease_owner"])
    lease = Lease(row)
    run = JobRun(engine, session_of(engine, row, lease.seize), lease)
    await complete(run, tried_again(LOST))


async def _unbegun(engine: Engine, dispatcher: Dispatcher) -> list[PendingJob]:
    """Jobs to ring for, a few of each queue that has more jobs than bells: whoever wakes goes on with the next one.

    Each then has about as long again as it has waited.
    """
    resource = engine.domain.of(Job)
    missed, longest = every(due(), past("notify_after")), (Ordering(Ref("notify_after")),)
    async with engine.layer.autocommit_read() as reader:
        one_of_each = Selection(resource, ("queue",), missed, longest, limit=1, partition="queue")
        queues = [row["queue"] for row in await reader.read(one_of_each)]
    if not queues:
        return []
    # Before anything is held: the broker may take its time.
    unheard = await dispatcher.unheard(queues)
    values = ("id", "queue", "run_after", "notify_after")
    async with engine.layer.transaction() as tx:
        rows: list[Row] = []
        for queue in queues:
            of_queue = equals(queue=queue)
            lacking = await tx.count(resource, every(due(), of_queue)) - unheard.get(queue, 0)
            if lacking > 0:
                few = min(lacking, FEW)
                rows += await tx.read(
                    Selection(resource, values, every(missed, of_queue), longest, few, lock=Lock.FREE)
                )
        if rows:
            waited = min(row["notify_after"] - row["run_after"] for row in rows).total_seconds()
            pause = min(PATIENCE + max(waited, 0.0), LONGEST_PATIENCE)
            these = Among(Ref("id"), tuple(row["id"] for row in rows))
            await tx.update(resource, these, {"notify_after": in_seconds(pause)})
    return [PendingJob(row["id"], row["queue"]) for row in rows]
