"""Whether the process lives, and whether it can serve."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter
from starlette.responses import JSONResponse

from framework.errors import Failure, Unavailable
from framework.events.figures import lag
from framework.runtime.disk_watch import DiskWatch
from framework.runtime.runtime import Runtime
from framework.sql.figures import exhausted
from framework.sql.migrations.running.readiness import SchemaWatch, Standing

LAG_SECONDS = 2.0
WRITABLE = "can be written to"


def health_router(runtime: Runtime, schema: SchemaWatch, disk: DiskWatch) -> APIRouter:
    """`/healthz` answers as long as the process does; `/readyz` asks for all that it works with.

    That is PostgreSQL, Redis, the tables, a worker, the disk and the feed of events.
    """
    router = APIRouter(tags=["health"])

    @router.get("/healthz", summary="Whether the process lives")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/readyz", summary="Whether requests can be served", responses={503: {"description": "Not now."}})
    async def readyz() -> JSONResponse:
        database = await _database(runtime)
        standing = await _standing(schema) if database and schema.steps else None
        found = await disk.look()
        # Without Redis, or without a worker, everything is served, only later: readers poll and the reaper rings.
        ready = database and (standing is None or standing.ready) and found.fault is None
        told = {
            "status": "ok" if ready else "unavailable",
            "database": database,
            "redis": await runtime.doorbell.answers(),
            "worker": await runtime.worker_answers(),
            "feed_lag_seconds": await _lag(runtime) if database else None,
            "schema": None if standing is None else standing.says,
            "disk": (found.fault or WRITABLE) if found.is_there else None,
            "connections": exhausted(runtime.layer),
        }
        return JSONResponse({name: value for name, value in told.items() if value is not None}, 200 if ready else 503)

    return router


async def _database(runtime: Runtime) -> bool:
    try:
        await runtime.own.ping()
    except Failure:
        return False
    return True


async def _standing(schema: SchemaWatch) -> Standing:
    try:
        return await schema.look()
    except Unavailable as failure:
        return Standing(ready=False, says=str(failure.issues[0].message))


async def _lag(runtime: Runtime) -> float | None:
    """None where it cannot be told soon."""
    try:
        async with asyncio.timeout(LAG_SECONDS):
            return round(await lag(runtime.log, runtime.feed), 1)
    except (Failure, TimeoutError):
        return None
