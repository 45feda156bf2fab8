"""A lease: the right to run a job for a while, with the attempt as fencing token.

Every condition is decided in one statement by the data layer's own clock, so two workers cannot both
believe that they hold a job, and a worker that was given up for dead cannot write any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from framework.actions.engine import Engine
from framework.actions.session import Session
from framework.data.protocols import Row
from framework.data.selection import Lock, Selection
from framework.errors import Conflict
from framework.expr.nodes import Arithmetic, Call, Compare, Comparison, Function, Node, Operator, Ref, Value, every
from framework.jobs.job import Job, JobState

NOW = Call(Function.NOW)


class LeaseLost(Conflict):
    """Another worker has taken the job over."""

    code = "lease_lost"


@dataclass(frozen=True, slots=True)
class Lease:
    """A held job. `row` is the job as it was claimed."""

    row: Row
    seconds: float

    @property
    def held(self) -> Node:
        """The condition of still holding it."""
        return every(_is("id", self.row["id"]), _is("attempt", self.row["attempt"]), _is("state", JobState.RUNNING))

    async def guard(self, session: Session) -> None:
        """Locks the job's row for the transaction; raises LeaseLost when it is no longer ours."""
        resource = session.domain.of(Job)
        found = await session.writer.read(Selection(resource, ("id",), self.held, lock=Lock.UPDATE))
        if not found:
            raise LeaseLost

    async def renew(self, engine: Engine) -> Row:
        """The job as it is now, its lease longer; raises LeaseLost."""
        async with engine.layer.transaction() as tx:
            values = {"lease_expires_at": _in(self.seconds), "heartbeat_at": NOW}
            rows = await tx.update(engine.domain.of(Job), self.held, values)
        if not rows:
            raise LeaseLost
        return rows[0]

    async def look(self, engine: Engine) -> bool:
        """Whether somebody asked the job to stop."""
        async with engine.layer.glance() as reader:
            rows = await reader.read(Selection(engine.domain.of(Job), ("cancel_requested",), self.held))
        if not rows:
            raise LeaseLost
        return bool(rows[0]["cancel_requested"])


async def claim(engine: Engine, job_id: UUID, owner: str, seconds: float) -> Lease | None:
    """The lease of a job that waits and is due; None when there is nothing to take."""
    waiting = every(_is("id", job_id), _is("state", JobState.QUEUED), Compare(Comparison.LE, Ref(("run_after",)), NOW))
    values: dict[str, Any] = {
        "state": JobState.RUNNING,
        "attempt": Arithmetic(Operator.ADD, Ref(("attempt",)), Value(1)),
        "lease_owner": owner,
        "lease_expires_at": _in(seconds),
        "heartbeat_at": NOW,
        "started_at": Call(Function.COALESCE, (Ref(("started_at",)), NOW)),
    }
    async with engine.layer.transaction() as tx:
        rows = await tx.update(engine.domain.of(Job), waiting, values)
    return Lease(rows[0], seconds) if rows else None


def expired() -> Node:
    """The condition of running without a living worker."""
    late = Compare(Comparison.LT, Ref(("lease_expires_at",)), NOW)
    return every(_is("state", JobState.RUNNING), late)


def overdue(seconds: float) -> Node:
    """The condition of having waited so long that the bell must have been missed."""
    since = Compare(Comparison.LE, Ref(("run_after",)), _in(-seconds))
    return every(_is("state", JobState.QUEUED), since)


def _is(name: str, value: object) -> Node:
    return Compare(Comparison.EQ, Ref((name,)), Value(value))


def _in(seconds: float) -> Node:
    return Arithmetic(Operator.ADD, NOW, Value(timedelta(seconds=seconds)))
