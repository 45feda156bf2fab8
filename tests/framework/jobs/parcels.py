"""The verb of the parcels: it remembers what it was called with."""

from __future__ import annotations

from typing import Any

from framework.jobs.job_run import JobRun

CALLED: list[Any] = []


async def deliver(run: JobRun) -> None:
    """Remembers the arguments."""
    CALLED.append(dict(run.arguments))
