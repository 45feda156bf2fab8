"""The end of a worker that was told to end: its children hear of it at once, and it comes within a bound."""

from __future__ import annotations

import mmap
import os
import threading
from collections.abc import Callable
from typing import Any

from celery.signals import worker_shutting_down

from framework.telemetry import log

# Longer than a job takes to be handed back; `dspex up` waits longer than this.
BOUND_SECONDS = 8.0


class Leave:
    """Whether this worker leaves: a byte that the first process shares with all that it forks.

    Celery tells only the first process, and then waits for the jobs of its children.
    """

    def __init__(self) -> None:
        self._byte = mmap.mmap(-1, 1)

    def __call__(self) -> bool:
        """Whether it does."""
        return self._byte[0] != 0

    def begin(self) -> None:
        """From now on it does."""
        self._byte[0] = 1


def leave_when_told(leave: Leave, end_all: Callable[[], None]) -> None:
    """Has the children hand back what they have when Celery is told to end, and ends all of them if that hangs."""

    def cut_off() -> None:
        log.warning("worker.cut_off", seconds=BOUND_SECONDS)
        # One that was stopped would not end by itself; what they had is taken back once their leases have run out.
        end_all()
        os._exit(1)

    def begin(**_: Any) -> None:
        if leave():
            return
        leave.begin()
        timer = threading.Timer(BOUND_SECONDS, cut_off)
        timer.daemon = True
        timer.start()

    worker_shutting_down.connect(begin, weak=False)
