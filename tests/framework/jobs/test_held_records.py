"""A record or a table that others hold fails no job, and keeps none from being taken back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from framework.actions.engine import Engine
from framework.actions.session import Session
from framework.jobs import complete
from framework.jobs.job import Job, JobState
from framework.jobs.lease import claim
from framework.jobs.reaper import reap
from framework.jobs.runner import run_job
from framework.spec.domain import DomainSpec
from framework.sql.engine import open_layer
from framework.sql.layer import SqlLayer
from framework.sql.timeouts import Timeouts
from framework.testing.logged import logged
from framework.testing.until import PATIENCE, until
from tests.framework.jobs.conftest import TIMING, Bells, ReportPaper, State
from tests.framework.jobs.test_runner import order, set_job

TABLE = "LOCK TABLE report_papers IN ACCESS EXCLUSIVE MODE"


@pytest.fixture
async def hasty(engine: Engine, domain: DomainSpec, fresh_database_url: str) -> AsyncIterator[Engine]:
    """An engine that does not wait long for what others hold."""
    async with open_layer(domain, fresh_database_url, timeouts=Timeouts(lock=0.2)) as layer:
        yield replace(engine, layer=layer)


@asynccontextmanager
async def held(engine: Engine, statement: str, **values: Any) -> AsyncIterator[None]:
    """By a transaction of somebody else's."""
    layer = engine.layer
    assert isinstance(layer, SqlLayer)
    async with layer.engine.connect() as connection:
        await connection.execute(sa.text(statement), values)
        yield


async def test_a_locked_table_costs_a_job_no_attempt(engine: Engine, hasty: Engine, session: Session) -> None:
    _, job = await order(session, "pages")
    async with held(engine, TABLE):
        for _ in range(4):  # one more than there are attempts
            assert await run_job(hasty, job.id, TIMING) is JobState.QUEUED
            await set_job(engine, job.id, run_after=job.run_after)
    left = await session.get(Job, job.id)
    assert (left.attempt, left.attempts_without_progress, (left.error or {})["code"]) == (4, 0, "record_locked")
    assert await run_job(hasty, job.id, TIMING) is JobState.SUCCEEDED


async def test_what_is_held_up_for_an_hour_and_by_nothing_else_counts_its_attempts(
    engine: Engine, hasty: Engine, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(complete, "HELD_UP_FOR", timedelta())
    _, job = await order(session, "pages")
    async with held(engine, TABLE):
        for vain in (1, 2):
            await set_job(engine, job.id, run_after=job.run_after)
            assert await run_job(hasty, job.id, TIMING) is JobState.QUEUED
            assert (await session.get(Job, job.id)).attempts_without_progress == vain


async def test_the_end_of_a_job_waits_for_whoever_holds_its_record(
    engine: Engine, hasty: Engine, session: Session
) -> None:
    paper, job = await order(session, "mistake")
    holder = held(engine, "SELECT 1 FROM report_papers WHERE id = :id FOR UPDATE", id=paper.id)
    with logged() as lines:
        async with holder:
            attempt = asyncio.create_task(run_job(hasty, job.id, TIMING))
            await until(lambda: "job.end_waits" in [line["event"] for line in lines])
        assert await asyncio.wait_for(attempt, PATIENCE) is JobState.FAILED
    assert (await session.get(Job, job.id)).attempt == 1
    assert (await session.get(ReportPaper, paper.id)).state is State.FAILED


async def test_an_orphan_whose_record_is_held_keeps_no_other_from_being_taken_back(
    engine: Engine, hasty: Engine, session: Session
) -> None:
    papers = []
    for _ in range(4):
        paper, job = await order(session, "pages")
        await claim(engine, job.id, "nobody", -1.0)
        # What is told to its record then.
        await set_job(engine, job.id, attempts_without_progress=3)
        papers.append((paper, job))
    (oldest, its), *others = papers
    async with held(engine, "SELECT 1 FROM report_papers WHERE id = :id FOR UPDATE", id=oldest.id):
        await reap(hasty, Bells())
        assert [(await session.get(Job, job.id)).state for _, job in others] == [JobState.FAILED] * 3
        assert (await session.get(Job, its.id)).state is JobState.RUNNING
    await reap(hasty, Bells())
    assert (await session.get(Job, its.id)).state is JobState.FAILED
