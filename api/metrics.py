"""`/metrics`: what this process has measured, and how the database, the queues and the log stand, for Prometheus."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from functools import partial

from fastapi import APIRouter
from starlette.responses import Response

from framework.errors import Failure, code_of
from framework.events.figures import event_figures, lag
from framework.figures import Figure
from framework.jobs.figures import bell_figures, job_figures
from framework.jobs.retention.figures import retention_figures
from framework.metrics import CONTENT_TYPE, Metrics
from framework.runtime.disk_watch import DiskWatch
from framework.runtime.runtime import Runtime
from framework.sql.figures import database_figures
from framework.telemetry import log

Own = Callable[[], Iterable[Figure]]
EXPORT_SECONDS = 2.0
# Prometheus waits for 10, if nobody says otherwise; what was begun by then has its own bound.
SCRAPE_SECONDS = 4.0


def metrics_router(runtime: Runtime, metrics: Metrics, own_figures: Own, disk: DiskWatch) -> APIRouter:
    """The one route. What cannot be read just now is left out; `dspex_database_up` says why."""
    router = APIRouter(tags=["health"])

    @router.get("/metrics", summary="Figures for Prometheus", response_class=Response)
    async def read() -> Response:
        answers = await _answers(runtime)
        up = Figure("dspex_database_up", "Whether the database answers.", float(answers))
        stored = await _stored(runtime) if answers else []
        bells = await bell_figures(runtime.engine, runtime.dispatcher)
        figures = [up, *stored, *bells, *await _disk(disk)]
        own = [*own_figures(), *(await _lag(runtime) if answers else ())]
        return Response(metrics.exposition(figures, own), media_type=CONTENT_TYPE)

    return router


async def export_metrics(metrics: Metrics, own_figures: Own) -> None:
    """Has the other processes at this port tell of this one, until cancelled."""
    while metrics.among is not None:
        await asyncio.to_thread(metrics.export, own_figures())
        await asyncio.sleep(EXPORT_SECONDS)


async def _lag(runtime: Runtime) -> list[Figure]:
    try:
        behind = await lag(runtime.log, runtime.feed)
    except Failure:
        return []
    return [Figure("dspex_feed_lag_seconds", "Age of the oldest event not yet told by this process.", behind)]


async def _answers(runtime: Runtime) -> bool:
    """One that says nothing is away as well, long before a statement would be given up."""
    try:
        await runtime.own.ping()
    except Failure:
        return False
    return True


async def _stored(runtime: Runtime) -> list[Figure]:
    """One after the other, as a scrape is to take one connection; what is not answered is left out, and all that comes
    after when a scraper would not wait any longer."""
    found: list[Figure] = []
    until = time.monotonic() + SCRAPE_SECONDS
    for read in (
        partial(job_figures, runtime.upkeep),
        partial(event_figures, runtime.log),
        partial(retention_figures, runtime.upkeep),
        partial(database_figures, runtime.own),
    ):
        if time.monotonic() >= until:
            break
        try:
            found += await read()
        except Failure as failure:
            log.warning("metrics.left_out", of=read.func.__name__, error=code_of(failure))
    return found


async def _disk(disk: DiskWatch) -> list[Figure]:
    free = (await disk.look()).free_bytes
    return [] if free is None else [Figure("dspex_disk_free_bytes", "Room where the data folder lies.", free)]
