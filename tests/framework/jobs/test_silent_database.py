"""A database that says nothing any more, and closes nothing, takes no worker with it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from importlib import import_module
from uuid import UUID

import pytest

from framework.actions.engine import Engine
from framework.actions.session import Session
from framework.jobs.job import Job, JobState
from framework.jobs.job_run import LeaseTiming
from framework.jobs.reaper import reap
from framework.jobs.runner import run_job
from framework.spec.domain import DomainSpec
from framework.sql.engine import open_layer
from framework.testing.until import PATIENCE, until
from tests.framework.jobs.conftest import TIMING, Bells, ReportPaper
from tests.framework.sql.falling_silent import FallingSilent, falling_silent

SHORT = LeaseTiming(lease=1.5, heartbeat=0.2, look=0.02, grace=0.2)


@pytest.fixture
async def server(fresh_database_url: str) -> AsyncIterator[FallingSilent]:
    async with falling_silent(fresh_database_url) as server:
        yield server


@pytest.fixture
async def beyond(engine: Engine, domain: DomainSpec, server: FallingSilent) -> AsyncIterator[Engine]:
    """The engine of a worker that reaches the database over it."""
    async with open_layer(domain, server.url) as layer:
        yield replace(engine, layer=layer)


async def test_a_worker_gives_its_job_up_with_the_lease_and_works_on_once_the_database_answers(
    engine: Engine, beyond: Engine, server: FallingSilent, session: Session
) -> None:
    paper = await session.create(ReportPaper.order, {"plan": "wait"})
    (job,) = await session.read(Job.browse)
    attempt = asyncio.create_task(run_job(beyond, job.id, SHORT))
    await until(import_module("making").PROGRESS.setdefault(str(paper.id), threading.Event()).is_set)
    server.silent = True
    # Long before what PostgreSQL itself would bound: a statement of a job may take minutes.
    assert await asyncio.wait_for(attempt, PATIENCE) is None

    async def taken_back() -> bool:
        await reap(engine, Bells())
        return (await session.get(Job, job.id)).state is JobState.QUEUED

    await until(taken_back)
    server.silent = False
    assert await finished_by(beyond, await session.create(ReportPaper.order, {"plan": "pages"}), session)


async def finished_by(worker: Engine, paper: ReportPaper, session: Session) -> bool:
    jobs: list[UUID] = [job.id for job in await session.read(Job.browse) if job.target_id == str(paper.id)]
    return await run_job(worker, jobs[0], TIMING) is JobState.SUCCEEDED
