"""A resource with a job, on PostgreSQL, run in this process: what is about Celery has tests of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from pydantic import BaseModel

from framework.actions.engine import Engine
from framework.actions.session import Session
from framework.compiler.domain import Domain, compile_domain
from framework.declare.actions import Create, Job, Read, Update
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.machine import state_machine
from framework.declare.resource import Resource
from framework.declare.verbs import verb
from framework.events.doorbell import LocalDoorbell
from framework.events.log import Log
from framework.events.notifier import EventNotifier
from framework.jobs.control import cancel_job, pause_job, resume_job
from framework.jobs.dispatcher import Dispatcher, PendingJob
from framework.jobs.enqueue import enqueue
from framework.jobs.extension import JOBS
from framework.jobs.job_run import LeaseTiming
from framework.spec.action import RetrySpec, Scope
from framework.spec.domain import DomainSpec
from framework.sql.engine import create_tables, open_layer

# A machine that stands still for a while costs nobody a lease.
TIMING = LeaseTiming(lease=60.0, heartbeat=0.3, look=0.02, grace=0.2)


class State(StrEnum):
    """The states of a report."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    HELD = "held"


class Steps(BaseModel):
    """How far a report has come."""

    step: int


class ReportPaper(Resource):
    """Something that takes a while to make."""

    id: Attr[UUID] = primary_key()
    plan: Attr[str] = attribute()
    pages: Attr[int] = attribute(default=0)
    error: Attr[dict[str, Any] | None] = attribute(default=None)
    state: Attr[State] = state_machine(
        State.WAITING,
        finish=(State.WAITING, State.DONE),
        fail=(State.WAITING, State.FAILED),
        stop=((State.WAITING, State.HELD), State.STOPPED),
        hold=(State.WAITING, State.HELD),
        resume=(State.HELD, State.WAITING),
    )

    browse = Read()
    order = Create(accept=[plan], then=enqueue("make"))
    write_page = Update(accept=[pages])
    finish = Update(private=True)
    fail = Update(accept=[error], private=True)
    stop = Update(private=True)
    withdraw = Update(then=cancel_job("make"))
    rest = Update(then=pause_job("make"))
    hold = Update(private=True)
    resume = Update(then=resume_job("make"))
    make = Job(
        verb("making:make"),
        queue="papers",
        progress=Steps,
        retry=RetrySpec(attempts=3, base=0.0),
        on_failed="fail",
        on_cancelled="stop",
        on_paused="hold",
        on_resumed="resume",
    )
    tidy = Job(verb("making:tidy"), queue="default", scope=Scope.RESOURCE, every=60.0)


@dataclass(slots=True)
class Bells:
    """A dispatcher that remembers for what it rang."""

    rung: list[PendingJob] = field(default_factory=list)
    waiting: dict[str, int] = field(default_factory=dict)

    async def notify(self, jobs: Sequence[PendingJob]) -> None:
        self.rung.extend(jobs)

    async def unheard(self, queues: Collection[str]) -> Mapping[str, int]:
        return self.waiting


@pytest.fixture
def bells() -> Bells:
    return Bells()


@pytest.fixture(scope="session")
def domain() -> DomainSpec:
    return compile_domain(Domain("papers", [ReportPaper], [JOBS]))


@pytest.fixture
def making(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """The verbs can be imported by their name."""
    monkeypatch.syspath_prepend(str(request.path.parent))


@pytest.fixture
async def engine(domain: DomainSpec, bells: Bells, fresh_database_url: str, making: None) -> AsyncIterator[Engine]:
    async with open_layer(domain, fresh_database_url) as layer:
        await create_tables(layer)
        log = Log(domain, layer, LocalDoorbell())
        yield Engine(domain, layer, EventNotifier(log), {Log: log, Dispatcher: bells})


@pytest.fixture
def session(engine: Engine) -> Session:
    return engine.session()


async def waiting_for_a_lock(layer: Any) -> bool:
    """Whether somebody waits for what another transaction holds."""
    asked = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    async with layer.engine.connect() as connection:
        return bool(await connection.scalar(asked))
