"""Runs the workers until they are told to stop."""

from __future__ import annotations

from framework.jobs.celery_app import queues
from framework.settings import Settings
from framework.spec.domain import DomainSpec
from workers.app import worker_app
from workers.beat import ReapingScheduler
from workers.hands import Hands
from workers.orphans import end_with_this_process


def work(domain: DomainSpec, settings: Settings) -> None:
    """Blocks until a signal. Beat runs inside: several are harmless, as rows decide what happens."""
    hands = ReapingScheduler.hands = Hands(domain, settings)
    end_with_this_process()
    worker_app(domain, settings, hands).worker_main(
        [
            "worker",
            "--pool=prefork",
            f"--concurrency={settings.worker_concurrency}",
            f"--queues={','.join(queues(domain))}",
            "--beat",
            f"--scheduler={ReapingScheduler.__module__}:{ReapingScheduler.__name__}",
            "--without-gossip",
            "--without-mingle",
            f"--loglevel={settings.log_level.upper()}",
        ]
    )
