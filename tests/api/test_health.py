"""Health, the feed and the reaper have connections that no request can take."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, aclosing
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import httpx
from fastapi import FastAPI

from api.health import health_router
from framework.events.entry import Interest
from framework.events.figures import lag
from framework.jobs.reaper import reap
from framework.processes.process_heartbeat import ProcessHeartbeat
from framework.runtime.disk_watch import DiskWatch
from framework.sql.migrations.running.readiness import SchemaWatch
from framework.testing.until import PATIENCE, until
from tests.installation.installation import Installation
from tests.installation.making import a_signature


async def test_while_requests_hold_all_connections_the_process_is_ready_and_says_so(installation: Installation) -> None:
    """A locked table made all of it unready, and silenced every stream."""
    runtime = installation.runtime
    app = FastAPI()
    app.include_router(health_router(runtime, SchemaWatch(runtime.own.engine, ()), DiskWatch(Path("/nowhere"))))
    transport = httpx.ASGITransport(app)
    async with AsyncExitStack() as held, httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        assert "connections" not in (await http.get("/readyz")).json()
        for _ in range(10):
            _ = await held.enter_async_context(runtime.layer.reads.connect())
        ready = await http.get("/readyz")
        assert ready.status_code == 200
        assert ready.json()["connections"] == "all 10 for reads are in use: requests wait"
        assert await reap(runtime.upkeep, runtime.dispatcher) >= 0
        created = Interest(frozenset({"signature.create"}))
        async with aclosing(runtime.feed.subscribe(created, await runtime.feed.end())) as entries:
            # By another process, as it were.
            made = await a_signature(installation.rest)
            entry = await asyncio.wait_for(anext(entries), PATIENCE)
        assert entry.target_id == made["id"]


async def test_a_disk_that_takes_no_writes_makes_it_unready_and_is_told(
    installation: Installation, tmp_path: Path
) -> None:
    runtime, folder = installation.runtime, tmp_path / "data"
    # Root may write everywhere; what takes no writes from it either is a file where a folder should be.
    folder.touch()
    app = FastAPI()
    app.include_router(health_router(runtime, SchemaWatch(runtime.own.engine, ()), DiskWatch(folder)))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        answer = await http.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")
    assert answer.json()["disk"] == "nothing can be written to the data folder: Not a directory"


async def test_an_event_that_is_held_back_shows_as_lag_of_the_feed(installation: Installation) -> None:
    runtime = installation.runtime

    async def behind() -> bool:
        return await lag(runtime.log, runtime.feed) > 0

    async with runtime.layer.transaction() as tx:
        # A writer that goes on: what others commit after it has begun waits for it.
        now = datetime.now(UTC)
        row = {"id": uuid4(), "name": "a", "seen_at": now, "created_at": now}
        await tx.insert(runtime.engine.domain.of(ProcessHeartbeat), [row])
        await a_signature(installation.rest)
        await until(behind)
