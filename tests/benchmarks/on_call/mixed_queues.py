"""Bench `on_call_mixed`: 300 searches and ten evaluations wait together; none waits for what is not of its kind.

For each kind, the longest time in which some of its jobs waited and none of it ran: a worker that is taken up by the
other kind would show there. The peer is how long the last of 300 searches waited for the others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Self

from framework.testing.until import until
from tests.benchmarks.connection import Ask, BadAnswer, answer
from tests.benchmarks.figure import Figure, Peer
from tests.benchmarks.installation import Installation
from tests.benchmarks.on_call.small_searches import FOR_EVER, LOOK_SECONDS, drained, made, small_search
from tests.benchmarks.process import running, serving

SEARCHES, EVALUATIONS, PAGE = 300, 10, 100
QUEUES = ("optimizations", "evaluations")
TARGET_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Ran:
    """When a job was asked for, begun and over."""

    asked: datetime
    began: datetime
    ended: datetime

    @classmethod
    def of(cls, job: Any) -> Self:
        """As the API tells it; raises BadAnswer for one that came to nothing."""
        if job["state"] != "succeeded":
            raise BadAnswer(f"a job of `{job['queue']}` has {job['state']}")
        return cls(*(datetime.fromisoformat(job[name]) for name in ("created_at", "started_at", "finished_at")))


async def mixed_queues(place: Installation, programs: Sequence[Any]) -> Sequence[Figure]:
    """Asked for together, in the order in which they get through."""
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(serving(place.api))
        await stack.enter_async_context(running(place.worker))
        starts = [await small_search(api.port, program) for program in programs]
        # A cold worker is not counted.
        await drained(api.port, starts[:1])
        known = {queue: len(await _jobs(api.port, queue)) for queue in QUEUES}
        wanted = {name: starts[0][name] for name in ("program_id", "dataset_id", "metric_id")}
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_evaluated(api.port, wanted))
            tasks.create_task(drained(api.port, [{**starts[n % len(starts)], "seed": n} for n in range(SEARCHES)]))
        found = {queue: (await _jobs(api.port, queue))[number:] for queue, number in known.items()}
    ran = {kind: [Ran.of(job) for job in jobs] for kind, jobs in found.items()}
    idle = {kind: longest_idle(jobs) for kind, jobs in ran.items()}
    last = max((each.began - each.asked).total_seconds() for each in ran["optimizations"])
    details = {"idle_s": idle, **{kind: len(jobs) for kind, jobs in ran.items()}}
    figure = Figure("on_call_mixed", [max(idle.values())], Peer("the last search's wait", [last]), "s", details=details)
    return [figure.aiming(f"at most {TARGET_SECONDS:g} s", met=max(idle.values()) <= TARGET_SECONDS)]


def longest_idle(jobs: Sequence[Ran]) -> float:
    """The longest time in seconds in which some of the jobs waited and none ran."""
    longest, free = 0.0, None
    for job in sorted(jobs, key=lambda each: each.began):
        if free is None or job.began > free:
            waited = min(each.asked for each in jobs if each.began >= job.began)
            longest = max(longest, (job.began - (waited if free is None else max(free, waited))).total_seconds())
        free = job.ended if free is None else max(free, job.ended)
    return longest


async def _evaluated(port: int, wanted: dict[str, str]) -> None:
    for _ in range(EVALUATIONS):
        await made(port, "evaluations", **wanted)
    ended = "evaluations?limit=1&count=exact&filter[state][in]=queued,running"
    await until(partial(_none, port, ended), seconds=FOR_EVER)


async def _none(port: int, which: str) -> bool:
    await asyncio.sleep(LOOK_SECONDS)
    return not (await answer(Ask(port, f"/api/{which}")))["page"]["total"]


async def _jobs(port: int, queue: str) -> list[Any]:
    """All of a queue, the first that was asked for first."""
    found: list[Any] = []
    following = ""
    while True:
        page = await answer(Ask(port, f"/api/jobs?limit={PAGE}&filter[queue][eq]={queue}{following}"))
        found += page["data"]
        if page["page"]["next"] is None:
            return found
        following = f"&after={page['page']['next']}"
