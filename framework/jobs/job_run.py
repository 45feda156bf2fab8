"""A job being run, as its verb sees it: what it is about, how to report, and whether to stop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from framework.actions.engine import Engine, Guard
from framework.actions.session import Session
from framework.context import Context
from framework.data.answers import answered_within
from framework.data.protocols import Row
from framework.data.selection import Selection
from framework.errors import Unavailable
from framework.events.log import NewEvent
from framework.expr.nodes import Compare, Comparison, Ref, Value, every
from framework.jobs.job import Job
from framework.jobs.lease import Lease, LeaseLost
from framework.jobs.listeners import log_of, tenant_of
from framework.naming import event_type
from framework.types.model_json import model_json


class JobCancelled(Exception):
    """The verb stopped because it was asked to."""


class VerbGoesOn(JobCancelled):
    """The verb was called off and has not ended: it does not while its process lives."""


OWN = "the row of a job is the engine's own"
# Whether the worker is about to end: it takes no job any more, and hands back the one it has.
Leaving = Callable[[], bool]


def staying() -> bool:
    """It is not."""
    return False


class StopSignal:
    """Whether the work should stop; shown on the job's own loop, and looked at from any thread."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._shown = asyncio.Event()
        self._effects: list[Callable[[], None]] = []

    @property
    def shown(self) -> bool:
        """Whether it should."""
        return self._stop.is_set()

    def show(self) -> None:
        """From now on it should."""
        self._stop.set()
        self._shown.set()
        while self._effects:
            self._effects.pop()()

    def then(self, effect: Callable[[], None]) -> None:
        """Does this once the sign is shown, at once if it is shown already."""
        if self.shown:
            effect()
        else:
            self._effects.append(effect)

    async def wait(self) -> None:
        """Returns once the sign is shown."""
        await self._shown.wait()

    def heed(self) -> None:
        """Raises JobCancelled once the sign is shown."""
        if self.shown:
            raise JobCancelled


@dataclass(frozen=True, slots=True)
class JobRun:
    """Every transaction of `session` begins by making sure that the lease is still held.

    `arguments` are those of the job action, typed, as its steps have set them.
    """

    engine: Engine
    session: Session
    lease: Lease
    stop: StopSignal = field(default_factory=StopSignal)
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def job(self) -> Row:
        """The job as it was when it was claimed."""
        return self.lease.row

    @property
    def target_id(self) -> str:
        """The key of the record it is about."""
        return str(self.job["target_id"])

    @property
    def checkpoint(self) -> Mapping[str, Any] | None:
        """What an earlier attempt left."""
        kept: Mapping[str, Any] | None = self.job["checkpoint"]
        return kept

    async def report(
        self, progress: BaseModel, *, checkpoint: Mapping[str, Any] | None = None, within: Session | None = None
    ) -> None:
        """Reports progress: the job's row and an event, together with a checkpoint and whatever `within` writes.

        Only a checkpoint that is another than the last one shows that the attempt was not in vain.
        """
        data = model_json(progress)
        name = f"{event_type(self.job['target_type'], self.job['action'])}.progress"
        kept = {} if checkpoint is None else {"checkpoint": dict(checkpoint)}

        async def write(within: Session) -> None:
            inner = within.as_system(OWN)
            if checkpoint is not None and await self._differs(checkpoint, inner):
                await self.progressed(inner)
            if not await inner.writer.update(inner.domain.of(Job), self.lease.held, {"progress": data, **kept}):
                raise LeaseLost
            told = NewEvent(name, self.job["target_type"], self.target_id, data, tenant_of(self.job))
            await log_of(inner).write([told], inner)

        await (within or self.session).with_transaction(write)

    async def progressed(self, within: Session) -> None:
        """Says in this transaction that something was done which the next attempt need not do again."""
        own, in_vain = within.as_system(OWN), Compare(Comparison.GT, Ref("attempts_without_progress"), Value(0))
        written = {"attempts_without_progress": 0}
        await own.writer.update(own.domain.of(Job), every(self.lease.held, in_vain), written)

    async def _differs(self, checkpoint: Mapping[str, Any], session: Session) -> bool:
        rows = await session.writer.read(Selection(session.domain.of(Job), ("checkpoint",), self.lease.held))
        return [row["checkpoint"] for row in rows] != [dict(checkpoint)]


def job_run(engine: Engine, lease: Lease) -> JobRun:
    """The run of a claimed job, in the context it was asked for in, with the lease guarding every write."""
    return JobRun(engine, session_of(engine, lease.row, lease.guard), lease)


def session_of(engine: Engine, job: Row, guard: Guard) -> Session:
    """A session with the rights of whoever asked for the job, as they are by now: a user's, or the system's own."""
    context, why = Context.from_json(job["context"]), job["context"].get("own")
    # The scopes of a key were asked when it was started, which is what the key is for.
    return engine.session(context, guard=guard).entered() if why is None else engine.system(why, context, guard=guard)


@dataclass(frozen=True, slots=True)
class LeaseTiming:
    """How long a lease lasts, how often it is renewed and a wish to stop is looked for, and how long a verb may take to
    heed that, and to end once it was called off, in seconds."""

    lease: float = 15.0
    heartbeat: float = 4.0
    look: float = 0.25
    grace: float = 0.5
    ending: float = 10.0


# For an answer of the database, however little is left of the lease.
LEAST_SECONDS = 1.0


async def watch(run: JobRun, over: asyncio.Event, timing: LeaseTiming, *, leaving: Leaving) -> None:
    """Renews the lease and shows the stop sign when asked to or when the worker leaves, until it is over; raises
    LeaseLost.

    A database that is away, or says nothing, is waited for as long as the lease lasts; then others may have taken it.
    """
    loop = asyncio.get_running_loop()
    renewed = loop.time()

    def left() -> float:
        # Whoever stood still itself asks before it gives up.
        return max(renewed + run.lease.seconds - loop.time(), LEAST_SECONDS)

    while not over.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), timing.look)
            return
        if leaving():
            run.stop.show()
        try:
            if loop.time() - renewed >= timing.heartbeat:
                await answered_within(left(), run.lease.renew(run.engine))
                renewed = loop.time()
            if not run.stop.shown and await answered_within(left(), run.lease.look(run.engine)):
                run.stop.show()
        except Unavailable:
            if loop.time() - renewed >= run.lease.seconds:
                raise LeaseLost from None
