"""The Celery app of the workers: two tasks, one that runs a job and one that asks for a repeating one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

from celery import Celery

from framework.errors import Unavailable
from framework.jobs.celery_app import REPEAT, RUN, celery_app
from framework.jobs.repeat import repeat
from framework.jobs.runner import run_job
from framework.runtime.runtime import Runtime, address
from framework.settings import Settings
from framework.spec.domain import DomainSpec
from framework.telemetry import log
from workers.worker_runtime import WorkerRuntime

Work = Callable[[Runtime], Awaitable[None]]


def worker_app(domain: DomainSpec, settings: Settings, worker: WorkerRuntime) -> Celery:
    """The app, with its tasks bound to the worker of whichever process runs them, and no other app's."""
    app = celery_app(domain, address(settings.redis_url, "REDIS_URL"))

    @app.task(name=RUN, shared=False)  # type: ignore[untyped-decorator]  # Celery is untyped
    def run(job_id: str) -> None:
        if worker.leave():
            return  # Its row waits, and a reaper rings for it again.

        async def work(runtime: Runtime) -> None:
            await run_job(runtime.engine, UUID(job_id), worker.timing, leaving=worker.leave)

        # Left in its row otherwise, from where the reaper rings again.
        _if_reachable(worker.do_if_ready, work)

    @app.task(name=REPEAT, shared=False)  # type: ignore[untyped-decorator]  # Celery is untyped
    def ask(resource: str, action: str) -> None:
        async def work(runtime: Runtime) -> None:
            await repeat(runtime.engine.session(runtime.context("schedule")), resource, action)

        _if_reachable(worker.do, work)

    return app


def _if_reachable(do: Callable[[Work], None], work: Work) -> None:
    """Does what was notified. One that comes while the database is away is as good as lost: others follow."""
    try:
        do(work)
    except Unavailable as failure:
        log.warning("job.notification_dropped", code=failure.issues[0].code)
