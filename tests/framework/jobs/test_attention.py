"""A reaper that could not look for a while gives those who live the time of a lease to show it."""

from __future__ import annotations

from datetime import timedelta

from framework.actions.engine import Engine
from framework.actions.session import Session
from framework.expr.nodes import equals
from framework.jobs.job import Job, JobState
from framework.jobs.lease import claim
from framework.jobs.reaper import Attention, reap
from tests.framework.jobs.conftest import Bells, ReportPaper


async def ordered(session: Session, plan: str) -> tuple[ReportPaper, Job]:
    """A paper, and the job that makes it."""
    paper = await session.create(ReportPaper.order, {"plan": plan})
    (job,) = await session.read(Job.browse)
    return paper, job


async def test_a_worker_that_nobody_could_hear_is_given_as_long_as_its_lease_lasts(
    engine: Engine, session: Session, bells: Bells
) -> None:
    _, job = await ordered(session, "pages")
    lease = await claim(engine, job.id, "unheard", 60.0)
    assert lease is not None
    long_ago = {name: lease.row[name] - timedelta(hours=1) for name in ("lease_expires_at", "heartbeat_at")}
    async with engine.layer.transaction() as tx:
        await tx.update(engine.domain.of(Job), equals(id=job.id), long_ago)
    await reap(engine, bells, attentive=timedelta(seconds=59))
    assert (await session.get(Job, job.id)).state is JobState.RUNNING
    await reap(engine, bells, attentive=timedelta(seconds=60))
    assert (await session.get(Job, job.id)).state is JobState.QUEUED


def test_a_look_that_failed_or_came_late_is_a_gap() -> None:
    clock = iter([0.0, 3.0, 3.5, 6.0, 9.0, 9.5, 12.0, 12.5, 40.0])
    attention = Attention(lambda: next(clock))
    assert attention.look() == timedelta(seconds=3)
    attention.seen()
    assert attention.look() == timedelta(seconds=6)  # which fails
    assert attention.look() == timedelta()
    attention.seen()
    assert attention.look() == timedelta(seconds=3)
    attention.seen()
    assert attention.look() == timedelta()
