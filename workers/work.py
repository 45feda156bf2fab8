"""Runs the workers until they are told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from celery.signals import setup_logging, worker_process_shutdown

from framework.errors import Unavailable
from framework.jobs.celery_app import queues
from framework.processes.kept import ALONE, Kept
from framework.runtime.runtime import address
from framework.settings import Settings
from framework.spec.domain import DomainSpec
from framework.sql.connections import dispose
from framework.sql.engine import open_engine
from framework.sql.migrations.running.readiness import KnownStep, SchemaWatch, steps_in
from workers.app import worker_app
from workers.beat import ReapingScheduler
from workers.child_pulses import ChildPulses, HangWatch, beat_when_forked
from workers.exporter import exporting
from workers.going_on import FilePulse, GoingOn
from workers.leaving import leave_when_told
from workers.loaded_code import freeze_what_jobs_load
from workers.orphans import end_with_this_process
from workers.presence import Presence
from workers.slots import Slots
from workers.worker_runtime import WorkerRuntime

LOOK_SECONDS = 1.0


def work(domain: DomainSpec, settings: Settings, migrations: Sequence[Path] = (), kept: Kept = ALONE) -> None:
    """Blocks until a signal. Beat runs inside: several are harmless, as rows decide what happens.

    No job is taken while the tables are behind or ahead of the steps in the folders; until they are not, it is not even
    listened for, so that workers of another version hear of it.
    """
    steps = steps_in(migrations)
    pulse = kept.pulse if settings.pulse_file is None else FilePulse(settings.pulse_file, kept.pulse)
    Presence.going = GoingOn(pulse)
    Presence.going.begin()
    asyncio.run(_until_ready(settings, steps))
    worker = ReapingScheduler.worker = WorkerRuntime(domain, settings, steps)
    end_with_this_process()
    waited_in = queues(domain)
    processes = settings.worker_concurrency or len(waited_in) + 1
    pulses = ChildPulses(processes + 1)
    HangWatch(pulses, settings.hang_seconds).begin()
    leave_when_told(worker.leave, pulses.kill_all)
    freeze_what_jobs_load()
    _close_with_the_process(worker)
    setup_logging.connect(_keep_ours, weak=False)
    app = worker_app(settings, worker, Slots(waited_in, processes))
    with exporting(settings, processes + 1, kept) as exporter:
        beat_when_forked(worker, pulses, exporter, processes)
        try:
            app.worker_main(_options(processes, waited_in))
        finally:
            # One that was stopped heeds no polite word, and would outlive this process.
            pulses.kill_all()


def _options(processes: int, waited_in: Sequence[str]) -> list[str]:
    return [
        "worker",
        "--pool=prefork",
        f"--concurrency={processes}",
        f"--queues={','.join(waited_in)}",
        "--beat",
        f"--scheduler={ReapingScheduler.__module__}:{ReapingScheduler.__name__}",
        "--without-gossip",
        "--without-mingle",
    ]


async def _until_ready(settings: Settings, steps: Sequence[KnownStep]) -> None:
    """Returns where the database does not answer, too: every job looks again."""
    engine = open_engine(address(settings.database_url, "DATABASE_URL"), connections=1)
    schema = SchemaWatch(engine, steps, settings.version_table)
    try:
        with suppress(Unavailable):
            while not await schema.ready():  # noqa: ASYNC110 - a database, which announces nothing
                await asyncio.sleep(LOOK_SECONDS)
    finally:
        await dispose(engine)


def _keep_ours(**_: Any) -> None:
    """Celery sets up no logging where somebody says that it is done: what it logs is written with our lines."""


def _close_with_the_process(worker: WorkerRuntime) -> None:
    """Has every process of the pool let go of its connections when it ends: of the database, and of the layers."""

    def close(**_: Any) -> None:
        worker.close()

    worker_process_shutdown.connect(close, weak=False)
