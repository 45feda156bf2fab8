"""`make bench`: every figure beside a named peer's, as JSON lines; `python -m tests.benchmarks list_100` for one bench.

Ours and the peer are measured in the same run, on the same database and machine, in alternating rounds. A ratio says
how many times better ours is. Nothing here passes or fails.
"""

from __future__ import annotations

import asyncio
import os
import platform
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from framework.log_lines import configure_logging
from tests.benchmarks.contents import fill
from tests.benchmarks.evaluate_500 import evaluate_500
from tests.benchmarks.execute_overhead import execute_overhead
from tests.benchmarks.figure import Figure, put, say
from tests.benchmarks.installation import Installation, installed
from tests.benchmarks.list_100 import list_100
from tests.benchmarks.memory import memory
from tests.benchmarks.migrations import migrations
from tests.benchmarks.on_call.busy import busy
from tests.benchmarks.on_call.mixed_queues import mixed_queues
from tests.benchmarks.on_call.ready_after_kill import ready_after_kill
from tests.benchmarks.on_call.small_searches import small_searches
from tests.benchmarks.revision_200 import revision_200
from tests.benchmarks.scoped_list import scoped_list
from tests.benchmarks.startup import startup
from tests.benchmarks.who_may import who_may

Bench = Callable[[Installation, Sequence[Any]], Awaitable[Sequence[Figure]]]
BENCHES: dict[str, Bench] = {
    "execute_overhead": lambda place, programs: execute_overhead(place, programs[0]),
    "list_100": lambda place, _: list_100(place),
    "scoped_list": lambda place, _: scoped_list(place),
    "who_may": lambda place, _: who_may(place),
    "evaluate_500": lambda place, _: evaluate_500(place),
    "startup": lambda place, _: startup(place),
    "memory": lambda place, _: memory(place),
    "migrations": lambda place, _: migrations(place),
    "revision_200": lambda place, _: revision_200(place),
    "on_call_ready": lambda place, _: ready_after_kill(place),
    "on_call_busy": lambda place, programs: busy(place, programs[0]),
    "on_call_searches": small_searches,
    "on_call_mixed": mixed_queues,
}


async def main(names: Sequence[str]) -> None:
    """The benches named, or all."""
    unknown = sorted(set(names) - set(BENCHES))
    if unknown:
        raise SystemExit(f"there is no bench `{unknown[0]}`; the benches are {', '.join(BENCHES)}")
    configure_logging("warning")
    load = ", ".join(f"{each:.2f}" for each in os.getloadavg())
    say(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {load}; each figure is a median of runs")
    async with installed() as place:
        async with place.runtime() as runtime:
            programs = await fill(runtime.engine.system("a test prepares", runtime.context("bench")))
        for name in names or BENCHES:
            for figure in await BENCHES[name](place, programs):
                put(figure)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
