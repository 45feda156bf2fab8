"""Whether the processes that a worker has forked go on: counts in memory that all of them share.

Celery notices one that has ended, and none that hangs, whose slot and place in the pool would be lost.
"""

from __future__ import annotations

import mmap
import os
import signal
import struct
import threading
import time
from contextlib import suppress

from billiard.process import current_process
from celery.signals import beat_embedded_init, worker_process_init

from framework.processes.pulse import EVERY_SECONDS
from framework.telemetry import log
from workers.exporter import Exporter
from workers.going_on import GoingOn
from workers.worker_runtime import WorkerRuntime

# The number of the process, and how often it has beaten.
PLACE = struct.Struct("qq")
# How many looks one that hangs has to say where it is, before it is ended.
SAYING_LOOKS = 2


class ChildPulses:
    """A place for each of so many processes; made before they are forked."""

    def __init__(self, places: int) -> None:
        self._shared = mmap.mmap(-1, places * PLACE.size)
        self._places = range(places)

    def begin(self, place: int) -> PlacePulse:
        """The pulse of this process, from now on at that place."""
        self.write(place, os.getpid(), 0)
        return PlacePulse(self, place)

    def write(self, place: int, pid: int, beats: int) -> None:
        """Of a process alone there: nobody else writes to it while it lives."""
        PLACE.pack_into(self._shared, place * PLACE.size, pid, beats)

    def read(self) -> list[tuple[int, int]]:
        """Of each place the process, 0 where there was none yet, and its beats."""
        return [PLACE.unpack_from(self._shared, place * PLACE.size) for place in self._places]

    def kill(self, pid: int, by: int = signal.SIGKILL) -> None:
        """Sends it to one of ours that lives: another program may have been given the number of one that has ended."""
        with suppress(ProcessLookupError, PermissionError):
            if pid and os.getpgid(pid) == os.getpgrp():
                os.kill(pid, by)

    def kill_all(self) -> None:
        """Ends all of them by force."""
        for pid, _ in self.read():
            self.kill(pid)


class PlacePulse:
    """Beats at a place."""

    def __init__(self, pulses: ChildPulses, place: int) -> None:
        self._pulses, self._place = pulses, place
        self._beats = 0

    def beat(self) -> None:
        """Shows that the process goes on."""
        self._beats += 1
        self._pulses.write(self._place, os.getpid(), self._beats)


class HangWatch:
    """Ends whoever has not beaten for `hang_seconds`; Celery forks another in its place.

    Counted in looks and not by the clock: a worker that was stopped as a whole takes nobody for silent.
    """

    def __init__(self, pulses: ChildPulses, hang_seconds: float) -> None:
        self._pulses = pulses
        self._looks = round(hang_seconds / EVERY_SECONDS)
        self._last = pulses.read()
        self._silent = [0] * len(self._last)

    def begin(self) -> None:
        """Looks for ever from now on, unless nobody is ever to be ended; what is forked has no such thread."""
        if self._looks:
            threading.Thread(target=self._look_for_ever, name="hang-watch", daemon=True).start()

    def look(self) -> None:
        """One look; to be taken every EVERY_SECONDS."""
        now = self._pulses.read()
        for place, (pid, _) in enumerate(now):
            silent = pid and now[place] == self._last[place]
            self._silent[place] = self._silent[place] + 1 if silent else 0
            if self._silent[place] == self._looks:
                log.error("worker.child_hangs", process=pid, seconds=self._looks * EVERY_SECONDS)
                # Has it say where it is, unless it was stopped as a whole.
                self._pulses.kill(pid, signal.SIGUSR2)
            elif self._silent[place] == self._looks + SAYING_LOOKS:
                self._pulses.kill(pid)
        self._last = now

    def _look_for_ever(self) -> None:
        while True:
            self.look()
            time.sleep(EVERY_SECONDS)


def beat_when_forked(worker: WorkerRuntime, pulses: ChildPulses, exporter: Exporter, processes: int) -> None:
    """Has each process of the pool beat and measure at its place, and beat, which is one more, at the last."""

    def of_pool(**_: object) -> None:
        exporter.leave()
        begin(current_process().index)

    def of_beat(**_: object) -> None:
        # It has closed all files of the first by itself.
        begin(processes)

    def begin(place: int) -> None:
        worker.going = GoingOn(pulses.begin(place))
        worker.going.begin()
        worker.metrics = exporter.begin(place)

    worker_process_init.connect(of_pool, weak=False)
    beat_embedded_init.connect(of_beat, weak=False)
