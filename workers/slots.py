"""Which jobs may run at once: for each queue a slot of its own, and the rest for whichever queue comes first.

There are as many slots as processes in the pool, so that one which holds none is free for the others.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from framework.telemetry import log


class Slots:
    """Locks on bytes of a file that the first process makes and all that it forks share.

    A lock belongs to the process that took it, so it is free again however that process ends.
    """

    def __init__(self, queues: Sequence[str], processes: int) -> None:
        # Kept as long as the process; its name is not needed.
        self._file, name = tempfile.mkstemp(prefix="dspex-slots-")
        Path(name).unlink()
        self._own = {queue: place for place, queue in enumerate(queues)} if processes >= len(queues) else {}
        self._common = range(len(self._own), processes)
        if not self._own:
            log.warning("worker.few_processes", processes=processes, queues=len(queues))

    @contextmanager
    def taken(self, queue: str) -> Iterator[bool]:
        """Whether a slot was free for the queue, which is then held by this process."""
        own = (self._own[queue],) if queue in self._own else ()
        place = next((place for place in (*own, *self._common) if self._take(place)), None)
        try:
            yield place is not None
        finally:
            if place is not None:
                fcntl.lockf(self._file, fcntl.LOCK_UN, 1, place, os.SEEK_SET)

    def _take(self, place: int) -> bool:
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place, os.SEEK_SET)
        except OSError:
            return False
        return True
