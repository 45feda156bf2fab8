"""No process of the pool outlives the one that forked it, not even one that was killed."""

from __future__ import annotations

import os
from typing import Any

from celery.signals import beat_embedded_init, worker_process_init

from framework.runtime.orphan import end_without


def end_with_this_process() -> None:
    """Has everything that this worker forks end with it."""
    worker = os.getpid()

    def watch(**_: Any) -> None:
        end_without(worker)

    for born in (worker_process_init, beat_embedded_init):
        born.connect(watch, weak=False)
