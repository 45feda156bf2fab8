"""Health, the feed and the reaper have connections that no request can take."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, aclosing

import httpx
from fastapi import FastAPI

from api.health import health_router
from framework.events.entry import Interest
from framework.jobs.reaper import reap
from framework.sql.migrations.running.readiness import SchemaWatch
from tests.installation.installation import Installation
from tests.installation.making import a_signature


async def test_while_requests_hold_all_connections_the_process_is_ready_and_says_so(installation: Installation) -> None:
    """A locked table made all of it unready, and silenced every stream."""
    runtime = installation.runtime
    app = FastAPI()
    app.include_router(health_router(runtime, SchemaWatch(runtime.own.engine, ())))
    transport = httpx.ASGITransport(app)
    async with AsyncExitStack() as held, httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        assert "connections" not in (await http.get("/readyz")).json()
        for _ in range(20):
            await held.enter_async_context(runtime.layer.autocommit_read())
        ready = await http.get("/readyz")
        assert ready.status_code == 200
        assert ready.json()["connections"] == "all 20 are in use: requests wait"
        assert await reap(runtime.upkeep, runtime.dispatcher) >= 0
        created = Interest(frozenset({"signature.create"}))
        async with aclosing(runtime.feed.subscribe(created, await runtime.feed.end())) as entries:
            # By another process, as it were.
            made = await a_signature(installation.rest)
            entry = await asyncio.wait_for(anext(entries), timeout=30)
        assert entry.target_id == made["id"]
