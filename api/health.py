"""Whether the process lives, and whether it can serve."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import JSONResponse

from framework.errors import Failure, Unavailable
from framework.runtime.runtime import Runtime
from framework.sql.figures import exhausted
from framework.sql.migrations.running.readiness import SchemaWatch, Standing


def health_router(runtime: Runtime, schema: SchemaWatch) -> APIRouter:
    """`/healthz` answers as long as the process does; `/readyz` asks for PostgreSQL, Redis, the tables and a worker."""
    router = APIRouter(tags=["health"])

    @router.get("/healthz", summary="Whether the process lives")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/readyz", summary="Whether requests can be served", responses={503: {"description": "Not now."}})
    async def readyz() -> JSONResponse:
        found = {"database": await _database(runtime), "redis": await runtime.doorbell.answers()}
        # Without a worker everything is served, only later, as without Redis.
        found["worker"] = await runtime.worker_answers()
        standing = await _standing(schema) if found["database"] and schema.steps else None
        # Without Redis everything is served, only later: readers poll and the reaper rings.
        ready = found["database"] and (standing is None or standing.ready)
        told = {} if standing is None else {"schema": standing.says}
        held = exhausted(runtime.layer.engine)
        if held is not None:
            told["connections"] = held
        return JSONResponse({"status": "ok" if ready else "unavailable", **found, **told}, 200 if ready else 503)

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
