"""A workshop served over REST from memory: projects, their programs, and an action that stands alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel, Field

from framework.actions.engine import Engine
from framework.compiler.domain import Domain, compile_domain
from framework.data.memory import MemoryLayer
from framework.declare.actions import Action, Create, Destroy, Job, Read, Update, argument, offset
from framework.declare.attributes import Attr, attribute, created_at, primary_key
from framework.declare.derived import count
from framework.declare.machine import state_machine
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.declare.rules import identity
from framework.declare.verbs import verb
from framework.events.doorbell import LocalDoorbell
from framework.events.extension import EVENTS
from framework.events.feed import Feed
from framework.events.log import Log, NewEvent
from framework.events.notifier import EventNotifier
from framework.expr.build import argument_value
from framework.rest.extension import REST
from framework.rest.installation import install
from framework.rest.router import rest_router
from framework.rest.section import Rest
from framework.spec.action import Scope
from framework.spec.domain import DomainSpec

VERBS = "tests.framework.rest.verbs"


class State(StrEnum):
    """Where a program stands."""

    DRAFT = "draft"
    LIVE = "live"


class Budget(BaseModel):
    """What may be spent."""

    calls: int = Field(default=10, ge=0)


class Result(BaseModel):
    """What an execution gives."""

    text: str
    team: Literal["billing", "technical"]


class Advance(BaseModel):
    """How far a job is."""

    step: int


class Project(Resource):
    """What programs belong to."""

    id: Attr[UUID] = primary_key()
    slug: Attr[str] = attribute(max_length=20)
    programs: Many[Program] = has_many()
    program_count: Attr[int] = count(programs)
    browse = Read()
    create = Create(accept=[slug])


class Program(Resource):
    """Something that can be executed."""

    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute(max_length=40, doc="What it is called.")
    score: Attr[float | None] = attribute(default=None, ge=0, le=1)
    budget: Attr[Budget] = attribute(default_factory=Budget)
    secret: Attr[str] = attribute(default="hidden", private=True)
    created_at: Attr[datetime] = created_at()
    project: One[Project] = belongs_to()
    versions: Many[Version] = has_many()
    version_count: Attr[int] = count(versions)
    state: Attr[State] = state_machine(State.DRAFT, publish=(State.DRAFT, State.LIVE))

    browse = Read()
    named = Read(
        arguments={"name": argument(str), "states": argument(list[State], default=[])},
        where=name == argument_value("name"),
        doc="Programs of one name.",
    )
    paged = Read(paginate=offset(default=2, maximum=10))
    create = Create(accept=[name, score, budget, project])
    clone = Create(accept=[name, project])
    update = Update(accept=[name, score, budget])
    publish = Update()
    destroy = Destroy()
    shred = Destroy()
    execute = Action(
        verb(f"{VERBS}:execute"),
        returns=Result,
        arguments={
            "text": argument(Annotated[str, Field(max_length=10)]),
            "team": argument(Literal["billing", "technical"], default="billing"),
        },
        doc="Runs the program on a text.",
    )
    ping = Action(verb(f"{VERBS}:ping"))
    ask_model = Action(verb(f"{VERBS}:ask_model"))
    crash = Action(verb(f"{VERBS}:crash"))
    run = Job(verb(f"{VERBS}:run"), progress=Advance)
    unique_name = identity(name, project)


class Version(Resource):
    """One state of a program."""

    id: Attr[UUID] = primary_key()
    number: Attr[int] = attribute()
    program: One[Program] = belongs_to()
    create = Create(accept=[number, program])
    update = Update(accept=[number])


class TriageTicket(Resource):
    """An action that stands alone."""

    stored = False
    sections = (Rest(path="programs/triage-ticket"),)
    execute = Action(
        verb(f"{VERBS}:execute"),
        returns=Result,
        scope=Scope.RESOURCE,
        arguments={"text": argument(str), "team": argument(Literal["billing", "technical"], default="technical")},
    )


@dataclass(frozen=True)
class Workshop:
    """The served domain, and the ways into it that tests need."""

    domain: DomainSpec
    engine: Engine
    log: Log
    feed: Feed
    app: FastAPI
    client: httpx.AsyncClient

    async def project(self, slug: str = "qa") -> str:
        """The id of a new project."""
        response = await self.client.post("/api/projects", json={"slug": slug})
        return str(response.json()["id"])

    async def program(self, project: str, name: str = "A", **values: Any) -> dict[str, Any]:
        """A new program, as the API shows it."""
        response = await self.client.post("/api/programs", json={"name": name, "project_id": project, **values})
        assert response.status_code == 201, response.text
        shown: dict[str, Any] = response.json()
        return shown

    async def report(self, program: str, step: int, event: str = "program.run.progress") -> None:
        """What the job of a program would report."""
        async with self.engine.session().transaction() as session:
            data = {"state": "succeeded", "error": None} if event.endswith("ended") else {"step": step}
            await self.log.write([NewEvent(event, "Program", program, data)], session)


@pytest.fixture(scope="session")
def domain() -> DomainSpec:
    records = [Project, Program, Version, TriageTicket]
    return compile_domain(Domain("workshop", records, [EVENTS, REST]))


@pytest.fixture
async def shop(domain: DomainSpec) -> AsyncIterator[Workshop]:
    async with workshop(domain) as open_shop:
        yield open_shop


@asynccontextmanager
async def workshop(domain: DomainSpec, *, capacity: int = 1000) -> AsyncIterator[Workshop]:
    """The domain served from an empty memory; `capacity` events may wait for each listener."""
    layer = MemoryLayer(domain)
    log = Log(domain, layer, LocalDoorbell())
    engine, feed = Engine(domain, layer, EventNotifier(log)), Feed(log, capacity=capacity)
    app = FastAPI(title="Workshop", version="1")
    app.include_router(rest_router(domain, lambda request: engine.session(), feed=feed))
    install(app, domain, max_body_bytes=20_000)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://workshop") as client:
        yield Workshop(domain, engine, log, feed, app, client)
    await feed.close()
