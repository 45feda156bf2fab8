"""Bench `on_call_ready`: from the kill of the API process below `dspex up` to the next 200 of `/readyz`."""

from __future__ import annotations

import asyncio
import signal
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from framework.cli.children import WELL_SECONDS
from framework.testing.until import until
from tests.benchmarks.connection import Ask, BadAnswer, answer
from tests.benchmarks.figure import Figure, Peer
from tests.benchmarks.installation import Installation
from tests.benchmarks.process import serving
from tests.faults.system import System, running

ROUNDS = 3
TARGET_SECONDS = 3.0


async def ready_after_kill(place: Installation) -> Sequence[Figure]:
    """Ours is noticed, started anew and ready; the hand-written service is only started."""
    ours: list[float] = []
    theirs: list[float] = []
    with tempfile.TemporaryDirectory(prefix="dspex-bench-up-") as folder:
        async with running(Path(folder)) as system:
            port = int(system.url.rpartition(":")[2])
            for _ in range(ROUNDS):
                await until(lambda: _is_ready(port))
                # One that dies again soon after is started again later each time.
                await asyncio.sleep(WELL_SECONDS)
                ours.append(await _killed(system, port))
                async with serving(place.peer) as peer:
                    theirs.append(peer.seconds)
    figure = Figure("on_call_ready", ours, Peer("the hand-written service, from exec", theirs), "s")
    return [figure.aiming(f"at most {TARGET_SECONDS:g} s", met=max(ours) <= TARGET_SECONDS)]


async def _killed(system: System, port: int) -> float:
    """The seconds in which nobody is served."""
    system.api.send_signal(signal.SIGKILL)
    began = time.perf_counter()
    await until(lambda: _is_ready(port))
    return time.perf_counter() - began


async def _is_ready(port: int) -> bool:
    try:
        await answer(Ask(port, "/readyz"))
    except (OSError, EOFError, BadAnswer):
        return False
    return True
