"""Whether the process lives, and whether it can serve."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import JSONResponse

from framework.errors import Failure
from framework.runtime.runtime import Runtime


def health_router(runtime: Runtime) -> APIRouter:
    """`/healthz` answers as long as the process does; `/readyz` asks PostgreSQL and Redis."""
    router = APIRouter(tags=["health"])

    @router.get("/healthz", summary="Whether the process lives")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/readyz", summary="Whether requests can be served", responses={503: {"description": "Not now."}})
    async def readyz() -> JSONResponse:
        found = {"database": await _database(runtime), "redis": await runtime.doorbell.answers()}
        # Without Redis everything is served, only later: readers poll and the reaper rings.
        ready = found["database"]
        return JSONResponse({"status": "ok" if ready else "unavailable", **found}, 200 if ready else 503)

    return router


async def _database(runtime: Runtime) -> bool:
    try:
        await runtime.layer.ping()
    except Failure:
        return False
    return True
