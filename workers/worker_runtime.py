"""What one worker process works with: an event loop and a runtime, opened after the fork and kept."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from framework.jobs.job_run import LeaseTiming
from framework.metrics import Metrics
from framework.processes.pulse import EVERY_SECONDS, Pulse
from framework.runtime.runtime import Runtime, assemble, refuse_incomplete
from framework.settings import Settings
from framework.spec.domain import DomainSpec
from framework.sql.migrations.running.readiness import KnownStep, SchemaWatch
from framework.sql.timeouts import Work
from framework.telemetry import flush
from workers.going_on import GoingOn
from workers.leaving import Leave

T = TypeVar("T")
# One job at a time, and what it records of its parts at once.
CONNECTIONS = 5


class WorkerRuntime:
    """Nothing is opened before the first piece of work, so nothing open is ever forked.

    `steps` are those that the code knows; without any, whatever tables stand are worked with. Raises Invalid for a
    domain that no process can work with.
    """

    def __init__(self, domain: DomainSpec, settings: Settings, steps: Sequence[KnownStep] = ()) -> None:
        refuse_incomplete(domain)
        self._domain, self._settings, self._steps = domain, settings, steps
        self._loop: asyncio.AbstractEventLoop | None = None
        self._runtime: Runtime | None = None
        self._schema: SchemaWatch | None = None
        # Made before the fork, so that all processes of the pool look at the same one.
        self.leave = Leave()
        # Of this process: another one where it is known who looks after it.
        self.going = GoingOn(Pulse())
        # The same: none where nobody is told of it.
        self.metrics: Metrics | None = None

    @property
    def timing(self) -> LeaseTiming:
        """How this installation leases jobs."""
        return LeaseTiming(lease=self._settings.lease_seconds, heartbeat=self._settings.heartbeat_seconds)

    def do(self, work: Callable[[Runtime], Awaitable[T]]) -> T:
        """What the work gives, on this process's own loop."""
        if self._loop is None or self._runtime is None:
            self._loop = asyncio.new_event_loop()
            self._runtime = assemble(
                self._domain, self._settings, connections=CONNECTIONS, work=Work.JOBS, measures=self.metrics
            )
        return self._loop.run_until_complete(self._seen(work(self._runtime)))

    def do_if_ready(self, work: Callable[[Runtime], Awaitable[T]]) -> T | None:
        """What it gives; None where the tables are behind or ahead of what the code knows: then it is not done."""

        async def look_first(runtime: Runtime) -> T | None:
            if self._schema is None:
                self._schema = SchemaWatch(runtime.own.engine, self._steps, self._settings.version_table)
            return await work(runtime) if await self._schema.ready() else None

        return self.do(look_first)

    def close(self) -> None:
        """Lets go of what was opened, if anything was."""
        if self._loop is not None and self._runtime is not None:
            self._loop.run_until_complete(self._runtime.close())
            self._loop.close()
        flush()
        self._loop = self._runtime = self._schema = None

    async def _seen(self, work: Awaitable[T]) -> T:
        """What it gives; meanwhile the loop shows that it goes round."""
        # The work may not let any other task begin.
        self.going.come_by()
        coming_by = asyncio.create_task(self._come_by())
        try:
            return await work
        finally:
            coming_by.cancel()
            await asyncio.gather(coming_by, return_exceptions=True)
            self._export()
            self.going.rest()

    async def _come_by(self) -> None:
        while True:
            self.going.come_by()
            due = time.monotonic() + EVERY_SECONDS
            await asyncio.sleep(EVERY_SECONDS)
            if self.metrics is not None:
                self.metrics.loop_delay(max(time.monotonic() - due, 0.0))
                self._export()

    def _export(self) -> None:
        """Leaves what was measured so far for the process that tells of it; a file in memory, mostly."""
        if self.metrics is not None and self._runtime is not None:
            self.metrics.export(self._runtime.figures())
