"""The reaper: finds jobs whose worker died and jobs whose bell was missed, and sees that they run."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from framework.actions.engine import Engine
from framework.data.protocols import Row
from framework.data.selection import Ordering, Selection
from framework.errors import Failure
from framework.expr.nodes import Call, Compare, Comparison, Function, Ref, every
from framework.jobs.dispatcher import Dispatcher, Waiting
from framework.jobs.job import Job, JobState
from framework.jobs.lease import Lease, LeaseLost, expired, overdue
from framework.jobs.runner import give_up
from framework.telemetry import log

BATCH = 100
LOST = {"code": "worker_lost", "message": "the worker died, as did those before it", "params": {}}


async def reap(engine: Engine, dispatcher: Dispatcher, *, missed_after: float = 5.0) -> int:
    """How many jobs it saw to: expired leases are queued again (or failed for good), missed bells rung again."""
    late = await _find(engine, expired())
    for row in late:
        await _requeue_or_fail(engine, row)
    # A job that has just been put back is due at once, so its bell is rung with the missed ones.
    waiting = await _find(engine, overdue(missed_after))
    back = [row for row in late if row["attempt"] < row["max_attempts"]]
    ring = {row["id"]: Waiting(row["id"], row["queue"]) for row in (*waiting, *back)}
    if ring:
        await dispatcher.ring(list(ring.values()))
    return len(ring)


async def reap_for_ever(engine: Engine, dispatcher: Dispatcher, *, every_seconds: float) -> None:
    """Reaps until cancelled; what fails is tried again the next time."""
    while True:
        try:
            await reap(engine, dispatcher)
        except (Failure, OSError) as failure:
            log.warning("reaper.waiting", error=type(failure).__name__)
        await asyncio.sleep(every_seconds)


async def _find(engine: Engine, where: Any) -> Sequence[Row]:
    resource = engine.domain.of(Job)
    oldest = (Ordering(Ref(("run_after",))),)
    async with engine.layer.glance() as reader:
        return await reader.read(Selection(resource, tuple(resource.attributes), where, oldest, BATCH))


async def _requeue_or_fail(engine: Engine, row: Row) -> None:
    lease = Lease(row, seconds=0)
    log.warning("job.orphaned", job=str(row["id"]), attempt=row["attempt"], owner=row["lease_owner"])
    if row["attempt"] >= row["max_attempts"]:
        try:
            await give_up(engine, lease, LOST)
        except LeaseLost:
            log.info("job.found_alive", job=str(row["id"]))
        return
    now = Call(Function.NOW)
    # The lease is looked at once more as it is taken away: its worker may have come back to life.
    still = every(lease.held, Compare(Comparison.LT, Ref(("lease_expires_at",)), now))
    values = {"state": JobState.QUEUED, "lease_owner": None, "lease_expires_at": None, "run_after": now}
    async with engine.layer.transaction() as tx:
        await tx.update(engine.domain.of(Job), still, values)
