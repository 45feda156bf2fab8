"""What one worker process works with: an event loop and a runtime, opened after the fork and kept."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from framework.jobs.runner import LeaseTiming
from framework.runtime.runtime import Runtime, assemble
from framework.settings import Settings
from framework.spec.domain import DomainSpec

T = TypeVar("T")


class WorkerRuntime:
    """Nothing is opened before the first piece of work, so nothing open is ever forked."""

    def __init__(self, domain: DomainSpec, settings: Settings) -> None:
        self._domain, self._settings = domain, settings
        self._loop: asyncio.AbstractEventLoop | None = None
        self._runtime: Runtime | None = None

    @property
    def timing(self) -> LeaseTiming:
        """How this installation leases jobs."""
        return LeaseTiming(lease=self._settings.lease_seconds, heartbeat=self._settings.heartbeat_seconds)

    def do(self, work: Callable[[Runtime], Awaitable[T]]) -> T:
        """What the work gives, on this process's own loop."""
        if self._loop is None or self._runtime is None:
            self._loop = asyncio.new_event_loop()
            self._runtime = assemble(self._domain, self._settings, connections=5)
        return self._loop.run_until_complete(_awaited(work(self._runtime)))

    def close(self) -> None:
        """Lets go of what was opened, if anything was."""
        if self._loop is not None and self._runtime is not None:
            self._loop.run_until_complete(self._runtime.close())
            self._loop.close()
        self._loop = self._runtime = None


async def _awaited(work: Awaitable[T]) -> T:
    return await work
