"""Many jobs at once whose workers die, leave and freeze, and that are called off at any moment, once or twice."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from framework.actions.engine import Engine
from framework.actions.query import Query
from framework.actions.request import Request
from framework.errors import Conflict, Unavailable
from framework.events.log import Log
from framework.events.log_position import LogPosition
from framework.expr.nodes import Among, Ref
from framework.jobs.job import LIVE, Job, JobState
from framework.jobs.job_run import LeaseTiming
from framework.jobs.reaper import reap
from framework.jobs.runner import run_next
from framework.testing.settled import until_settled
from framework.testing.until import until
from tests.framework.jobs.conftest import Bells, ReportPaper

TIMING = LeaseTiming(lease=0.4, heartbeat=0.1, look=0.02, grace=0.1)
PLANS = ("pages", "pages", "wait", "deaf", "weather", "storm", "linger", "mistake")
# What the record says when its job has come to this.
AGREED = {JobState.SUCCEEDED: "done", JobState.CANCELLED: "stopped", JobState.FAILED: "failed"}
WORKERS = 4


@dataclass(slots=True)
class Crowd:
    """Jobs of all kinds, and those who work on them and against them."""

    engine: Engine
    bells: Bells
    chance: random.Random
    over: asyncio.Event = field(default_factory=asyncio.Event)
    # The papers whose job was live when it was called off.
    called_off: set[Any] = field(default_factory=set)

    async def works(self) -> None:
        """A worker after the other, each for a while: then it leaves, or dies where it stands."""
        while not self.over.is_set():
            leave = asyncio.Event()
            working = asyncio.ensure_future(self._one_worker(leave.is_set))
            await asyncio.wait({working}, timeout=self.chance.uniform(0.02, 0.8))
            if self.chance.random() < 0.5:
                leave.set()
            else:
                working.cancel()
            with suppress(asyncio.CancelledError):
                await working

    async def _one_worker(self, leaving: Callable[[], bool]) -> None:
        while not (leaving() or self.over.is_set()):
            if not await run_next(self.engine, "papers", TIMING, leaving=leaving):
                await asyncio.sleep(0.02)

    async def reaps(self) -> None:
        while not self.over.is_set():
            with suppress(Unavailable):
                await reap(self.engine, self.bells)
            await asyncio.sleep(0.05)

    async def calls_off(self, paper: Any) -> None:
        """At some moment, perhaps twice, by the record or by the job."""
        for _ in range(self.chance.randint(1, 2)):
            await asyncio.sleep(self.chance.uniform(0.0, 1.5))
            with suppress(Conflict):
                await self.call_off(paper)

    async def call_off(self, paper: Any) -> None:
        session = self.engine.session()
        if self.chance.random() < 0.5:
            await session.update(ReportPaper.withdraw, paper.id)
        else:
            (job,) = await session.read(Job.browse, Query(filter=(Job.target_id == str(paper.id)).node))
            await session.perform(session.domain.action("Job", "cancel"), [Request(id=job.id)])
            self.called_off.add(paper.id)

    async def ends(self, papers: list[Any]) -> None:
        """Returns when every job has; what would go on for ever is called off first."""
        for paper in papers:
            if paper.plan in ("wait", "deaf"):
                with suppress(Conflict):
                    await self.call_off(paper)
        await until(self._none_live)
        self.over.set()

    async def _none_live(self) -> bool:
        live = Query(filter=Among(Ref("state"), LIVE), limit=1)
        return not await self.engine.session().read(Job.browse, live)


async def scene(engine: Engine, bells: Bells, seed: int, papers: int) -> Counter[str]:
    """How the jobs of one seed ended; raises AssertionError where one ended as none should."""
    crowd = Crowd(engine, bells, random.Random(seed))
    session = engine.session()
    plans = [{"plan": crowd.chance.choice(PLANS)} for _ in range(papers)]
    made = await session.create_all(ReportPaper.order, plans)
    others = [asyncio.ensure_future(crowd.works()) for _ in range(WORKERS)] + [asyncio.ensure_future(crowd.reaps())]
    await asyncio.gather(*(crowd.calls_off(paper) for paper in made if crowd.chance.random() < 0.6))
    await crowd.ends(made)
    await asyncio.gather(*others)
    ends = await told(engine)
    for paper in made:
        (job,) = await session.read(Job.browse, Query(filter=(Job.target_id == str(paper.id)).node))
        now = await session.get(ReportPaper, paper.id)
        assert ends[str(paper.id)] == [str(job.state)], (seed, paper.plan, ends[str(paper.id)])
        # Workers that died between the two, as often as the job may be tried, leave a record that is done.
        lost = str(now.state) == "done" and job.error is not None and job.error["code"] == "worker_lost"
        assert lost or str(now.state) == AGREED[job.state], (seed, paper.plan, job.state, now.state)
        assert paper.id not in crowd.called_off or job.cancel_requested, (seed, paper.plan)
        if paper.plan in ("wait", "deaf") and job.state is JobState.FAILED:
            assert job.attempts_without_progress == job.max_attempts, (seed, paper.plan, job.error)
    return Counter(f"{paper.plan} {ends[str(paper.id)][0]}" for paper in made)


async def told(engine: Engine) -> dict[str, list[str]]:
    """What each paper was told in the end."""
    log: Log = engine.services[Log]
    await until_settled(log)
    ends: dict[str, list[str]] = {}
    position = LogPosition()
    while entries := await log.after(position, limit=5000):
        position = entries[-1].position
        for entry in entries:
            if entry.type == "report_paper.make.ended":
                ends.setdefault(entry.target_id, []).append(str(entry.data["state"]))
    return ends


@pytest.mark.parametrize("seed", [1, 2])
async def test_every_job_ends_once_and_its_record_agrees(seed: int, engine: Engine, bells: Bells) -> None:
    found = await scene(engine, bells, seed, 24)
    assert found.total() == 24
