"""A worker and the API over tables that are behind the code, and then are not."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from api.app import create_app
from framework import STANDARD, Attr, Create, Job, Read, Resource, enqueue, primary_key, verb
from framework.compiler.domain import Domain, compile_domain
from framework.declare.attributes import attribute
from framework.jobs.celery_app import RUN
from framework.jobs.job_run import JobRun
from framework.runtime.runtime import assemble
from framework.settings import load_settings
from framework.sql.migrations.migrations import Migrations
from framework.sql.migrations.running import readiness
from framework.sql.migrations.running.readiness import steps_in
from tests.migrations.test_own_domain import execute
from workers.app import worker_app
from workers.slots import Slots
from workers.worker_runtime import WorkerRuntime

TABLE = "Ops.dspex_version"


class Memo(Resource):
    id: Attr[UUID] = primary_key()
    title: Attr[str] = attribute(max_length=80)
    browse = Read()
    create = Create(accept=[title], then=enqueue("polish"))
    polish = Job(verb("tests.workers.test_readiness:polish"), queue="memos")


async def polish(run: JobRun) -> None:
    """Nothing has to be done."""


async def test_jobs_are_left_in_the_queue_while_the_database_is_behind(
    fresh_database_url: str, clean_redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "KEPT_SECONDS", 0.0)
    domain = compile_domain(Domain("memos", [Memo], STANDARD))
    steps = Migrations(domain, fresh_database_url, {"memos": tmp_path}, TABLE)
    await execute(steps, 'CREATE SCHEMA "Ops"')
    await steps.revision("Begin")
    await steps.upgrade()
    settings = load_settings(database_url=fresh_database_url, redis_url=clean_redis_url, version_table=TABLE)
    runtime = assemble(domain, settings, connections=1)
    await runtime.engine.session().create(Memo.create, {"title": "a"})
    await runtime.close()
    await steps.empty_revision("Later")

    worker = WorkerRuntime(domain, settings, steps_in([tmp_path]))
    app = worker_app(settings, worker, Slots((), 1))
    transport = httpx.ASGITransport(create_app(domain, settings, migrations=[tmp_path]))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        for status, left in ((503, ("queued", 0)), (200, ("succeeded", 1))):
            assert (await http.get("/readyz")).status_code == status
            await asyncio.to_thread(app.tasks[RUN], "memos")
            assert await execute(steps, "SELECT state, attempt FROM jobs") == [left]
            await steps.upgrade()
    await asyncio.to_thread(worker.close)
    app.close()
