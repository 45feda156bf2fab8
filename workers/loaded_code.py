"""What jobs load stays as long as the process of the pool, and need not be looked through by garbage collections."""

from __future__ import annotations

import sys
from typing import Any

from celery.signals import task_postrun

from framework.runtime.heap import freeze_heap


def freeze_what_jobs_load() -> None:
    """Has every process of this worker freeze its heap after a job that has loaded something."""
    modules = 0

    def freeze(**_: Any) -> None:
        nonlocal modules
        if len(sys.modules) > modules:
            freeze_heap()
            modules = len(sys.modules)

    task_postrun.connect(freeze, weak=False)
