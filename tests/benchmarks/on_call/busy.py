"""Bench `on_call_busy`: what the API and the worker are like under the load of `load.py`, for MINUTES (10).

RATE (30) is how many executions are asked for in a second: where the machine cannot do as many, what is measured is
what waits. SUBSCRIBERS (500) listen. PROCESSES (1) answer at the port; a figure is of all of them together.

Three figures of one run: how late the API's event loop is, how its memory and the worker's grow, and how long after a
commit a subscriber is told; the first tenth of the time is not counted there. `lag_with_commit_ms` counts from when the
commit was sent, so that what the disk takes, `commit_ms`, is a part. Each is beside the same of an API at rest, or at
the beginning. What is looked at begins once all subscribers listen. `cpu` says how many processors each took on
average: the load is one process of several that share them, so a figure that was missed while `machine` is all there
are says nothing of the API alone.
"""

from __future__ import annotations

import asyncio
import os
import re
import statistics
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import orjson
import psutil

from tests.benchmarks.connection import Ask, BadAnswer, connected
from tests.benchmarks.figure import Figure, Peer, rounded
from tests.benchmarks.installation import Installation
from tests.benchmarks.on_call.load import Plan
from tests.benchmarks.on_call.processors import Processors, database_of
from tests.benchmarks.on_call.small_searches import drained, made, small_search
from tests.benchmarks.process import MEGABYTE, ROOT, running, serving
from tests.command_line import command_line

MINUTES = float(os.environ.get("MINUTES", "10"))
RATE, SUBSCRIBERS = float(os.environ.get("RATE", "30")), int(os.environ.get("SUBSCRIBERS", "500"))
PROCESSES = int(os.environ.get("PROCESSES", "1"))
WARMING_SEARCHES = 12
DATASETS, RESTING_SECONDS, LOOK_SECONDS = 19, 20.0, 2.0
LookedOn = Callable[[], AbstractAsyncContextManager[None]]
TARGET_LOOP_MS, TARGET_LAG_MS, TARGET_GROWTH = 20.0, 100.0, 0.05
VERB_PROCESS = "framework.cli.verb_process"
BUCKET = re.compile(r'^dspex_event_loop_delay_seconds_bucket\{.*?le="([^"]+)".*?\} (\S+)$', re.MULTILINE)
TOLD = (
    "cpu", "execute_ms", "executions", "imports", "import_s", "searches", "failed", "cut_off", "generator_late_ms"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Delays:
    """The 99th of a hundred delays in milliseconds, and how many were beyond some bounds."""

    p99: float
    over: Mapping[str, float]


@dataclass(slots=True)
class Memory:
    """What processes hold, looked at again and again, in megabytes."""

    api: list[float] = field(default_factory=list)
    worker: list[float] = field(default_factory=list)

    async def look_on(self, api: int, worker: int) -> None:
        """Until cancelled."""
        while True:
            self.api.append(_family_rss(api))
            self.worker.append(_family_rss(worker))
            await asyncio.sleep(LOOK_SECONDS)


async def busy(place: Installation, program: Any) -> Sequence[Figure]:
    """One run."""
    memory = Memory()
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(serving(place.api_by(PROCESSES)))
        worker = await stack.enter_async_context(running(place.worker))
        datasets = [await made(api.port, "datasets", name=f"watched {number}") for number in range(DATASETS)]
        search = await small_search(api.port, program)
        # What is loaded when it is first needed is not growth, by whichever of the worker's processes.
        await drained(api.port, [{**search, "seed": number} for number in range(WARMING_SEARCHES)])
        await api.idle_rss()
        about = str(program["id"]), [each["id"] for each in datasets], search
        plan = Plan(api.port, MINUTES * 60, *about, SUBSCRIBERS, execute_every=1 / RATE)
        calm, resting = await _delays(api.port), await _carried_out(plan.at_rest(RESTING_SECONDS), place)
        rested = await _delays(api.port)
        processors = Processors({"api": api.pid, "worker": worker.pid, "database": database_of(place)})
        begun: dict[float, float] = {}

        @asynccontextmanager
        async def looked_on() -> AsyncIterator[None]:
            begun.update(await _delays(api.port))
            looking = asyncio.create_task(memory.look_on(api.pid, worker.pid))
            with processors.counted():
                yield
            looking.cancel()

        said = await _carried_out(plan, place, looked_on)
        loaded = await _delays(api.port)
    return [
        _loop_figure(_percentile(begun, loaded), _percentile(calm, rested), {**said, "cpu": processors.taken}),
        _memory_figure("on_call_memory_api", memory.api),
        _memory_figure("on_call_memory_worker", memory.worker),
        _lag_figure(said, resting),
    ]


async def _carried_out(plan: Plan, place: Installation, looked_on: LookedOn = nullcontext) -> Any:
    """What the load process saw; it is looked on from when all of its subscribers listen."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.benchmarks.on_call.load", plan.as_json()),
        cwd=ROOT,
        env={**os.environ, **place.env},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    await process.stdout.readline()
    async with looked_on():
        said, _ = await process.communicate()
    if process.returncode:
        raise BadAnswer("the load was not carried out to its end")
    return orjson.loads(said)


async def _delays(port: int) -> dict[float, float]:
    """How often the loop was late by up to so many milliseconds, since the API began."""
    async with connected(port) as connection:
        text = (await connection.send(Ask(port, "/metrics").as_bytes())).decode()
    counts: dict[float, float] = {}
    for bound, count in BUCKET.findall(text):
        delay = 1000 * float(bound)
        counts[delay] = counts.get(delay, 0.0) + float(count)
    return counts


def _percentile(before: Mapping[float, float], after: Mapping[float, float]) -> Delays:
    """The 99th of a hundred delays between two looks: the upper bound of its bucket's part, as Prometheus tells it."""
    counts = {bound: count - before.get(bound, 0.0) for bound, count in after.items()}
    whole = max(counts.values())
    low, low_count = 0.0, 0.0
    for bound in sorted(counts):
        if counts[bound] >= 0.99 * whole:
            share = (0.99 * whole - low_count) / max(counts[bound] - low_count, 1.0)
            p99 = low + (bound - low) * share if bound < float("inf") else low
            return Delays(p99, {f"over_{each:g}_ms": whole - counts[each] for each in (20.0, 50.0, 250.0)})
        low, low_count = bound, counts[bound]
    raise BadAnswer("no delay was measured")


def _loop_figure(busy: Delays, calm: Delays, said: Any) -> Figure:
    details = {"looks_over": busy.over, **{name: said[name] for name in TOLD}}
    figure = Figure("on_call_loop_p99", [busy.p99], Peer("the same at rest", [calm.p99]), "ms", details=details)
    return figure.aiming(f"at most {TARGET_LOOP_MS:g} ms", met=busy.p99 <= TARGET_LOOP_MS)


def _memory_figure(bench: str, held: Sequence[float]) -> Figure:
    """The last tenth of the time beside the second tenth, on the average of each: the first one is warming up.

    A tenth of ten minutes has one import from its beginning to its end, and what the API holds for that meanwhile.
    """
    tenth = max(len(held) // 10, 1)
    first, last = (statistics.mean(held[n * tenth : (n + 1) * tenth]) for n in (1, 9))
    details = {"growth": rounded(last / first - 1), "most": rounded(max(held)), "minutes": MINUTES, "rate": RATE}
    figure = Figure(bench, [last], Peer("itself in the second tenth of the time", [first]), "MB", details=details)
    return figure.aiming(f"within {TARGET_GROWTH:.0%}", met=abs(last / first - 1) <= TARGET_GROWTH)


def _lag_figure(said: Any, resting: Any) -> Figure:
    lag = said["lag_ms"]
    peer = Peer("one subscriber at rest", [resting["lag_ms"]["p99"]])
    figure = Figure(
        "on_call_feed_lag_p99",
        [lag["p99"]],
        peer,
        "ms",
        details={name: said[name] for name in ("lag_ms", "lag_with_commit_ms", "commit_ms", "told")},
    )
    return figure.aiming(f"at most {TARGET_LAG_MS:g} ms", met=lag["p99"] <= TARGET_LAG_MS)


def _family_rss(pid: int) -> float:
    """Of a process and all that it has started, but for those that carry out a verb and end with it."""
    family = psutil.Process(pid)
    lasting = [child for child in family.children(recursive=True) if VERB_PROCESS not in command_line(child)]
    return _rss(family) + sum(map(_rss, lasting))


def _rss(process: psutil.Process) -> float:
    try:
        return float(process.memory_info().rss) / MEGABYTE
    except psutil.NoSuchProcess:
        return 0.0
