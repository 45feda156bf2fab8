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
from framework.data.selection import Lock, Ordering, Selection
from framework.errors import Conflict
from framework.expr.nodes import (
    Arithmetic,
    Call,
    Case,
    Compare,
    Comparison,
    Function,
    Match,
    Matching,
    Node,
    Operator,
    Ref,
    Value,
    equals,
    every,
)
from framework.jobs.job import WHILE_IT_WAITS, Job, JobState

NOW = Call(Function.NOW)
WISHES = ("cancel_requested", "pause_requested")
FOLLOWED = Match(Matching.STARTS_WITH, Ref("unique_key"), Value(WHILE_IT_WAITS))


class LeaseLost(Conflict):
    """Another worker has taken the job over."""

    code = "lease_lost"


@dataclass(frozen=True, slots=True)
class Lease:
    """A held job. `row` is the job as it was claimed."""

    row: Row
    seconds: float = 0.0

    @property
    def held(self) -> Node:
        """The condition of still holding it."""
        return equals(id=self.row["id"], attempt=self.row["attempt"], state=JobState.RUNNING)

    async def guard(self, session: Session) -> None:
        """Locks the job's row for the transaction; raises LeaseLost when it is no longer ours."""
        await _lock(session, self.held, Lock.UPDATE)

    async def seize(self, session: Session) -> None:
        """Locks the row of a worker that seems dead; raises LeaseLost when it has come back, or is just writing."""
        await _lock(session, every(self.held, expired()), Lock.FREE)

    async def renew(self, engine: Engine) -> Row:
        """The job as it is now, its lease longer; raises LeaseLost."""
        async with engine.layer.transaction() as tx:
            values = {"lease_expires_at": in_seconds(self.seconds), "heartbeat_at": NOW}
            rows = await tx.update(engine.domain.of(Job), self.held, values)
        if not rows:
            raise LeaseLost
        return rows[0]

    async def look(self, engine: Engine) -> bool:
        """Whether somebody asked the job to stop, for good or for a while."""
        async with engine.layer.snapshot_read() as reader:
            rows = await reader.read(Selection(engine.domain.of(Job), WISHES, self.held))
        if not rows:
            raise LeaseLost
        return any(rows[0][wish] for wish in WISHES)


async def claim(engine: Engine, job_id: UUID, owner: str, seconds: float) -> Lease | None:
    """The lease of a job that waits and is due; None when there is nothing to take."""
    async with engine.layer.transaction() as tx:
        rows = await tx.update(engine.domain.of(Job), every(equals(id=job_id), due()), _claimed(owner, seconds))
    return Lease(rows[0], seconds) if rows else None


async def claim_next(engine: Engine, queue: str, owner: str, seconds: float) -> Lease | None:
    """The lease of the job whose turn it is in the queue, and of those the one that is due longest; what somebody else
    is just taking is left out."""
    spec = engine.domain.of(Job)
    first = (Ordering(Ref("turn")), Ordering(Ref("run_after")), Ordering(Ref("id")))
    waiting = Selection(spec, ("id",), every(equals(queue=queue), due()), first, limit=1, lock=Lock.FREE)
    async with engine.layer.transaction() as tx:
        found = await tx.read(waiting)
        rows = await tx.update(spec, equals(id=found[0]["id"]), _claimed(owner, seconds)) if found else []
    return Lease(rows[0], seconds) if rows else None


async def any_due(engine: Engine, queue: str) -> bool:
    """Whether a job waits in the queue."""
    async with engine.layer.autocommit_read() as reader:
        return bool(
            await reader.read(Selection(engine.domain.of(Job), ("id",), every(equals(queue=queue), due()), limit=1))
        )


def due() -> Node:
    """The condition of waiting, and no longer having to."""
    return every(equals(state=JobState.QUEUED), past("run_after"))


def _claimed(owner: str, seconds: float) -> dict[str, Any]:
    return {
        "state": JobState.RUNNING,
        **{name: Arithmetic(Operator.ADD, Ref(name), Value(1)) for name in ("attempt", "attempts_without_progress")},
        "unique_key": Case(FOLLOWED, Value(None), Ref("unique_key")),
        "lease_owner": owner,
        "lease_expires_at": in_seconds(seconds),
        "heartbeat_at": NOW,
        "started_at": Call(Function.COALESCE, (Ref("started_at"), NOW)),
    }


def expired() -> Node:
    """The condition of running without a living worker."""
    return every(equals(state=JobState.RUNNING), past("lease_expires_at"))


def past(name: str) -> Node:
    """The condition that this moment of the job has come."""
    return Compare(Comparison.LE, Ref(name), NOW)


def in_seconds(seconds: float) -> Node:
    """The moment so many seconds from now."""
    return Arithmetic(Operator.ADD, NOW, Value(timedelta(seconds=seconds)))


async def _lock(session: Session, where: Node, lock: Lock) -> None:
    if not await session.writer.read(Selection(session.domain.of(Job), ("id",), where, lock=lock)):
        raise LeaseLost
