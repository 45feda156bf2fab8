"""Cancel, pause, resume, finish, kill and the loss of a lease in any order, several at a time: every job ends, once.

Two hundred orders in every run, from DSPEX_SEED on; DSPEX_INTERLEAVINGS says how many. One that fails is told by its
number: `DSPEX_SEED=… DSPEX_INTERLEAVINGS=1` goes through it alone.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from framework.actions.engine import Engine
from framework.actions.query import Query
from framework.actions.request import Request
from framework.data.selection import Selection
from framework.errors import Conflict, Unavailable
from framework.events.entry import Entry
from framework.events.event import Event
from framework.expr.nodes import equals, every
from framework.jobs.job import OVER, Job, JobState
from framework.jobs.job_run import LeaseTiming
from framework.jobs.lease import in_seconds
from framework.jobs.reaper import reap
from framework.jobs.runner import run_job
from tests.framework.jobs.conftest import Bells, ReportPaper
from tests.framework.jobs.test_interleavings import AGREED

FIRST, NUMBER = int(os.environ.get("DSPEX_SEED", "0")), int(os.environ.get("DSPEX_INTERLEAVINGS", "200"))
AT_ONCE = 12
TIMING = LeaseTiming(lease=60.0, heartbeat=0.2, look=0.02, grace=0.1)
DOINGS = ("work", "work", "pause", "pause", "resume", "resume", "cancel", "finish", "kill", "lose")
# What a job may be told to have come to, each from which.
MOVES = {"queued": ("", "paused"), "paused": ("queued",), "ended": ("queued", "paused")}
# And its record.
STEPS = {"order": ("",), "hold": ("order", "resume"), "resume": ("hold",)}
ENDS = {"finish": "done", "stop": "stopped", "fail": "failed"}


@dataclass(slots=True)
class Order:
    """One job, and what is done to it in an order of chance."""

    engine: Engine
    paper: Any
    job: Any
    chance: random.Random
    running: asyncio.Task[JobState | None] | None = None
    begun: int = 0
    lost: int = 0
    cancelled: bool = False
    done: list[str] = field(default_factory=list)
    # What wishes were refused for.
    codes: set[str] = field(default_factory=set)

    async def goes_on(self) -> None:
        """Some things, one after the other or beside each other; then all that is left to its end."""
        beside: list[asyncio.Task[None]] = []
        for doing in self.chance.choices(DOINGS, k=self.chance.randint(3, 9)):
            self.done.append(doing)
            beside.append(asyncio.create_task(self._do(doing)))
            if self.chance.random() < 0.6:
                await asyncio.gather(*beside)
            await asyncio.sleep(self.chance.choice((0.0, 0.0, 0.005, 0.03)))
        await asyncio.gather(*beside)
        await self._ends()

    async def _do(self, doing: str) -> None:
        match doing:
            case "work" if self.running is None or self.running.done():
                self.running = asyncio.create_task(run_job(self.engine, self.job.id, TIMING))
            case "finish":
                import_module("making").OPEN.add(str(self.paper.id))
            case "kill" if self.running is not None and not self.running.done():
                self.lost += 1
                self.running.cancel()
                with suppress(asyncio.CancelledError):
                    await self.running
                await self._expire()
            case "lose":
                self.lost += 1
                await self._expire()
            case "pause" | "resume" | "cancel":
                await self._wish(doing)

    async def _wish(self, wish: str) -> None:
        """By the record or by the job; what cannot be fulfilled is refused in one way."""
        session = self.engine.session()
        of_record = {"pause": ReportPaper.rest, "resume": ReportPaper.resume, "cancel": ReportPaper.withdraw}
        try:
            if self.chance.random() < 0.5:
                await session.update(of_record[wish], self.paper.id)
            else:
                await session.perform(session.domain.action("Job", wish), [Request(id=self.job.id)])
                self.cancelled |= wish == "cancel"
        except Conflict as refused:
            self.codes.add(refused.issues[0].code)

    async def _expire(self) -> None:
        """The lease of whoever holds it runs out."""
        async with self.engine.layer.transaction() as tx:
            held = every(equals(id=self.job.id, state=JobState.RUNNING))
            await tx.update(self.engine.domain.of(Job), held, {"lease_expires_at": in_seconds(-1.0)})

    async def _ends(self) -> None:
        import_module("making").OPEN.add(str(self.paper.id))
        while (state := (await self.now()).state) not in OVER:
            if state is JobState.PAUSED:
                await self._wish("resume")
            elif state is JobState.QUEUED:
                await run_job(self.engine, self.job.id, TIMING)
            elif self.running is None or self.running.done():
                await self._expire()
                await asyncio.sleep(0.02)
            else:
                await asyncio.wait({self.running})
        if self.running is not None:
            await asyncio.gather(self.running, return_exceptions=True)

    async def now(self) -> Any:
        (job,) = await self.engine.session().read(Job.browse, Query(filter=equals(id=self.job.id)))
        return job

    async def agrees(self) -> str:
        """How it ended; raises AssertionError where anybody was told something else, or not once."""
        job, paper = await self.now(), await self.engine.session().get(ReportPaper, self.paper.id)
        about = f"order {self.done}: {job.state}, {paper.state}"
        # Workers that died between the two, as often as the job may be tried, leave a record that is done.
        died = str(paper.state) == "done" and job.error is not None and job.error["code"] == "worker_lost"
        assert died or str(paper.state) == AGREED[job.state], about
        assert not self.cancelled or job.cancel_requested, about
        assert job.state is not JobState.FAILED or self.lost >= job.max_attempts, about
        assert job.attempts_without_progress <= self.lost + 1, about
        assert not job.pause_requested, about
        assert self.codes <= {"illegal_transition"}, about
        told = await self._told()
        jobs = [name.removeprefix("make.") for name in told if name in ("make.queued", "make.paused", "make.ended")]
        for before, move in zip(["", *jobs], jobs, strict=False):
            assert before in MOVES[move], f"{about}: {jobs}"
        assert jobs[-1] == "ended", f"{about}: {jobs}"
        moves = [name for name in told if name in STEPS or name in ENDS]
        for before, move in zip(["", *moves], moves, strict=False):
            assert before in STEPS.get(move, ("order", "resume", "hold")), f"{about}: {moves}"
        assert ENDS[moves[-1]] == str(paper.state), f"{about}: {moves}"
        assert moves.count("hold") == jobs.count("paused"), f"{about}: {told}"
        return f"{job.state} after {min(jobs.count('paused'), 2)} pauses"

    async def _told(self) -> list[str]:
        """Every event of the record and its job in the order in which they were written, all of it under one lock."""
        session, spec = self.engine.session(), self.engine.domain.of(Event)
        mine = Selection(spec, tuple(spec.attributes), equals(target_id=str(self.paper.id)))
        async with session.snapshot_read() as reader:
            entries = [Entry.of(row) for row in await reader.read(mine)]
        entries.sort(key=lambda entry: entry.position.seq)
        return [entry.type.split(".", 1)[1] for entry in entries]


async def reaps(engine: Engine, bells: Bells, over: asyncio.Event) -> None:
    """A reaper that looks often."""
    while not over.is_set():
        with suppress(Unavailable):
            await reap(engine, bells)
        await asyncio.sleep(0.1)


async def test_in_whatever_order_it_is_wished_for_every_job_ends_once_and_all_agree(
    engine: Engine, bells: Bells, record_property: Callable[[str, object], None]
) -> None:
    over, at_once, ends = asyncio.Event(), asyncio.Semaphore(AT_ONCE), Counter[str]()
    reaping = asyncio.create_task(reaps(engine, bells, over))

    async def one(number: int) -> None:
        async with at_once:
            session = engine.session()
            paper = await session.create(ReportPaper.order, {"plan": "gate"})
            (job,) = await session.read(Job.browse, Query(filter=equals(target_id=str(paper.id))))
            order = Order(engine, paper, job, random.Random(number))
            try:
                async with asyncio.timeout(60):
                    await order.goes_on()
                ends[await order.agrees()] += 1
            except BaseException as error:
                error.add_note(f"order number {number}: {order.done}")
                raise

    try:
        async with asyncio.TaskGroup() as group:
            for number in range(FIRST, FIRST + NUMBER):
                group.create_task(one(number))
    finally:
        over.set()
        await reaping
    record_property("ends", str(dict(ends)))
    assert ends.total() == NUMBER
