"""Celery's beat, which here has no schedule of its own: it sees to what is due, and to jobs whose worker died."""

from __future__ import annotations

import time
from typing import Any, ClassVar

from celery.beat import Scheduler

from framework.errors import code_of
from framework.jobs.reaper import Attention, reap
from framework.runtime.runtime import Runtime
from framework.telemetry import log
from workers.worker_runtime import WorkerRuntime

REAP_SECONDS = 3.0


class ReapingScheduler(Scheduler):  # type: ignore[misc]  # Celery is untyped
    """Keeps its schedule in memory: Celery's own keeps a pickle, and the rows of jobs are truth enough."""

    worker: ClassVar[WorkerRuntime]
    max_interval = REAP_SECONDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._reaped = 0.0
        self._attention = Attention()

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Sends what is due, and reaps every few seconds."""
        if time.monotonic() - self._reaped >= REAP_SECONDS:
            self._reaped = time.monotonic()
            self._reap()
        return min(float(super().tick(*args, **kwargs)), REAP_SECONDS)

    def close(self) -> None:
        """Ends with its process, which lets go of its connections."""
        super().close()
        self.worker.close()

    def _reap(self) -> None:
        async def work(runtime: Runtime) -> None:
            await reap(runtime.upkeep, runtime.dispatcher, attentive=self._attention.look())
            self._attention.seen()

        try:
            self.worker.do_if_ready(work)
        except Exception as error:  # noqa: BLE001 - beat must go on; what was not seen to is next time
            log.warning("reaper.waiting", error=code_of(error))
