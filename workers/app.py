"""The Celery app of the workers: two tasks, one that runs a job and one that asks for a repeating one."""

from __future__ import annotations

from uuid import UUID

from celery import Celery

from framework.jobs.celery_app import REPEAT, RUN, celery_app
from framework.jobs.repeat import repeat
from framework.jobs.runner import run_job
from framework.runtime.runtime import Runtime, address
from framework.settings import Settings
from framework.spec.domain import DomainSpec
from workers.hands import Hands


def worker_app(domain: DomainSpec, settings: Settings) -> Celery:
    """The app, with its tasks bound to the hands of whichever process runs them."""
    app = celery_app(domain, address(settings.redis_url, "REDIS_URL"))
    hands = Hands(domain, settings)

    @app.task(name=RUN)  # type: ignore[untyped-decorator]  # Celery is untyped
    def run(job_id: str) -> None:
        async def work(runtime: Runtime) -> None:
            await run_job(runtime.engine, UUID(job_id), hands.pace)

        hands.do(work)

    @app.task(name=REPEAT)  # type: ignore[untyped-decorator]  # Celery is untyped
    def ask(resource: str, action: str) -> None:
        async def work(runtime: Runtime) -> None:
            await repeat(runtime.engine.session(runtime.context("schedule")), resource, action)

        hands.do(work)

    return app
