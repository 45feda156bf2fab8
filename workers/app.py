"""The Celery app of the workers: one task, which works off a queue."""

from __future__ import annotations

import os
import signal
from collections.abc import Awaitable, Callable
from typing import TypeVar

from celery import Celery

from framework.errors import Unavailable
from framework.identifiers import uuid7
from framework.jobs.celery_app import RUN, worker_settings
from framework.jobs.dispatcher import PendingJob
from framework.jobs.job_run import VerbGoesOn
from framework.jobs.lease import any_due
from framework.jobs.runner import run_next
from framework.runtime.runtime import Runtime, address
from framework.settings import Settings
from framework.telemetry import log
from workers.presence import Presence
from workers.recycling import Recycling
from workers.slots import Slots
from workers.sound_transport import WorkerCelery
from workers.worker_runtime import WorkerRuntime

T = TypeVar("T")
Work = Callable[[Runtime], Awaitable[T]]


def worker_app(settings: Settings, worker: WorkerRuntime, slots: Slots) -> Celery:
    """The app, with its task bound to the worker of whichever process runs them, and no other app's."""
    app = WorkerCelery("dspex")
    recycling = Recycling(settings.worker_child_mb)
    app.conf.update(worker_settings(address(settings.redis_url, "REDIS_URL"), settings.prefix))
    app.conf.worker_max_memory_per_child = recycling.most_kb
    app.steps["consumer"].add(Presence)

    @app.task(name=RUN, shared=False)  # type: ignore[untyped-decorator]  # Celery is untyped
    def run(queue: str) -> None:
        _if_reachable(lambda: work_off(queue, worker, slots, recycling))

    return app


def work_off(queue: str, worker: WorkerRuntime, slots: Slots, recycling: Recycling) -> None:
    """Runs what is due in the queue, one job after the other, while there is a slot for it.

    Where there is none the message is dropped: whoever holds the queue's own slot goes on with the next job. It looks
    once more when it has let go, so a message that was dropped in that moment is not missed. A process that is to be
    followed by another one rings for what is left.
    """

    async def run_one(runtime: Runtime) -> bool:
        return await run_next(runtime.engine, queue, worker.timing, leaving=worker.leave)

    async def look(runtime: Runtime) -> bool:
        return await any_due(runtime.engine, queue)

    async def ring(runtime: Runtime) -> None:
        await runtime.dispatcher.notify([PendingJob(uuid7(), queue)])

    more: bool | None = True
    while more and not worker.leave():
        with slots.taken(queue) as ours:
            if not ours:
                return
            while worker.do_if_ready(run_one) and not recycling.is_due:
                pass
        more = worker.do_if_ready(look)
        if more and recycling.is_due:
            worker.do(ring)
            return


def _if_reachable(do: Callable[[], object]) -> None:
    """Does what was notified. One that comes while the database is away is as good as lost: others follow."""
    try:
        do()
    except VerbGoesOn:
        # It would go on beside the next job. Celery forks another process in the place of this one.
        log.error("worker.verb_goes_on")
        os.kill(os.getpid(), signal.SIGKILL)
    except Unavailable as failure:
        log.warning("job.notification_dropped", code=failure.issues[0].code)
