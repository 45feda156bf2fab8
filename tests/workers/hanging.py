"""Forks processes of a worker of which two hang, and prints which are ended: a script, as forking wants no threads."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Callable

from framework.compiler.domain import Domain, compile_domain
from framework.jobs.extension import JOBS
from framework.processes.pulse import EVERY_SECONDS
from framework.runtime.runtime import Runtime
from framework.settings import load_settings
from workers import going_on
from workers.child_pulses import ChildPulses, HangWatch
from workers.going_on import GoingOn
from workers.worker_runtime import WorkerRuntime

going_on.SILENT_SECONDS = 1.5
HANG_SECONDS = 2.5
DOMAIN = compile_domain(Domain("none", [], [JOBS]))
SETTINGS = load_settings(database_url="postgresql://nowhere/x", redis_url="redis://nowhere/0")


async def blocked(_: Runtime) -> None:
    time.sleep(3600)  # noqa: ASYNC251 - what is not to be done


async def working(_: Runtime) -> None:
    await asyncio.sleep(3600)


def forked(pulses: ChildPulses, place: int, work: Callable[[WorkerRuntime], object]) -> int:
    """A process with its pulse, as Celery has one begin."""
    pid = os.fork()
    if pid == 0:
        worker = WorkerRuntime(DOMAIN, SETTINGS)
        worker.going = GoingOn(pulses.begin(place))
        worker.going.begin()
        work(worker)
    return pid


def main() -> None:
    """Ends when two have been ended."""
    pulses = ChildPulses(5)  # one of which nobody has
    watch = HangWatch(pulses, HANG_SECONDS)
    kinds: dict[str, Callable[[WorkerRuntime], object]] = {
        "stopped": lambda _: time.sleep(3600),
        "blocked": lambda worker: worker.do(blocked),
        "working": lambda worker: worker.do(working),
        "idle": lambda _: time.sleep(3600),
    }
    pids = {kind: forked(pulses, place, work) for place, (kind, work) in enumerate(kinds.items())}
    while not all(pid for pid, _ in pulses.read()[:4]):
        time.sleep(EVERY_SECONDS)
    os.kill(pids["stopped"], signal.SIGSTOP)
    ended: dict[str, int] = {}
    while len(ended) < 2:
        watch.look()
        time.sleep(EVERY_SECONDS)
        for kind, pid in pids.items():
            if kind not in ended and os.waitpid(pid, os.WNOHANG) != (0, 0):
                ended[kind] = pid
    sys.stdout.write(json.dumps(sorted(ended)))
    pulses.kill_all()


main()
