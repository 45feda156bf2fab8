"""The end of a process whose parent has ended, however that was."""

from __future__ import annotations

import os
import signal
import threading
import time

LOOK_SECONDS = 0.25


def end_without(parent: int) -> None:
    """Ends this process by force once `parent` is no longer its parent.

    By force, since whoever could be waited for has gone with it. Nothing is lost: work is on lease, and what was
    committed stays. Looking at the parent's id works on every platform, in forked children too.
    """
    threading.Thread(target=_watch, args=(parent,), name="end-without-parent", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)
