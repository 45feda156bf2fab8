"""`/metrics`: what this process has measured, and how the database, the queues and the log stand, for Prometheus."""

from __future__ import annotations

import shutil

from fastapi import APIRouter
from starlette.responses import Response

from framework.errors import Failure
from framework.events.figures import event_figures
from framework.figures import Figure
from framework.jobs.figures import job_figures
from framework.jobs.retention.figures import retention_figures
from framework.metrics import CONTENT_TYPE, Metrics
from framework.runtime.runtime import Runtime
from framework.settings import Settings
from framework.sql.figures import database_figures, pool_figures


def metrics_router(runtime: Runtime, metrics: Metrics, settings: Settings) -> APIRouter:
    """The one route. What cannot be read just now is left out; `dspex_database_up` says why."""
    router = APIRouter(tags=["health"])

    @router.get("/metrics", summary="Figures for Prometheus", response_class=Response)
    async def read() -> Response:
        stored = await _stored(runtime)
        up = Figure("dspex_database_up", "Whether the database answers.", float(bool(stored)))
        figures = [up, *stored, *pool_figures(runtime.layer), *_disk(settings)]
        return Response(metrics.exposition(figures), media_type=CONTENT_TYPE)

    return router


async def _stored(runtime: Runtime) -> list[Figure]:
    """One after the other, as a scrape is to take one connection; nothing while the database is away."""
    try:
        return [
            *await database_figures(runtime.own),
            *await job_figures(runtime.upkeep),
            *await event_figures(runtime.log, runtime.feed),
            *await retention_figures(runtime.upkeep),
        ]
    except Failure:
        return []


def _disk(settings: Settings) -> list[Figure]:
    if not settings.data_dir.is_dir():
        return []
    free = shutil.disk_usage(settings.data_dir).free
    return [Figure("dspex_disk_free_bytes", "Room where the data folder lies.", free)]
