"""An installation in this process: the platform and a declared program over a database of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI

from api.app import create_app
from framework.actions.session import Session
from framework.actions.verb import load_verb
from framework.compiler.domain import compile_domain
from framework.context import Context
from framework.data.protocols import Row
from framework.data.selection import Ordering, Selection
from framework.events.entry import Entry
from framework.events.event import Event
from framework.expr.nodes import Combine, Compare, Comparison, IsNull, Logic, Node, Not, Ref, Value, every
from framework.jobs.job import JobState
from framework.jobs.job_run import LeaseTiming
from framework.jobs.runner import run_job
from framework.runtime.runtime import Runtime, assemble
from framework.settings import Settings, load_settings
from framework.spec.domain import DomainSpec
from framework.sql.engine import create_tables
from framework.sql.migrations.migrations import SHIPPED, Migrations
from resources import PLATFORM
from resources.accounts.callers.actors import LOCAL
from tests.installation.answer import Client
from tests.installation.graphql_client import GraphqlClient
from tests.installation.rest_client import RestClient
from tests.installation.route_ticket import TESTS

MAX_BODY = 200_000
TIMING = LeaseTiming(lease=10.0, heartbeat=0.5, look=0.02, grace=5.0)
DOMAIN = compile_domain(PLATFORM, TESTS)
# A process queues what is due by schedule whenever it is, whatever a test does meanwhile.
ASKED_FOR: Mapping[str, Node] = {
    "Job": Not(Compare(Comparison.EQ, Ref("target_id"), Ref("target_type"))),
    "Event": Combine(
        Logic.OR, (IsNull(Ref("actor")), Not(Compare(Comparison.EQ, Ref("actor"), Value("system:schedule"))))
    ),
}


@dataclass(frozen=True, slots=True)
class Installation:
    """What tests work with: both transports, and a look at what is stored."""

    settings: Settings = field(repr=False)
    runtime: Runtime = field(repr=False)
    app: FastAPI = field(repr=False)
    http: httpx.AsyncClient
    graphql: Client
    rest: Client

    @property
    def domain(self) -> DomainSpec:
        """The platform and the declared program."""
        return self.runtime.engine.domain

    @property
    def session(self) -> Session:
        """A hold on the engine, beneath the transports."""
        return self.runtime.engine.session(Context(LOCAL))

    async def rows(self, resource: str, **values: Any) -> list[Row]:
        """What is stored, oldest first."""
        spec = self.domain.resources[resource]
        where = every(*(Compare(Comparison.EQ, Ref(name), Value(value)) for name, value in values.items()))
        order = (Ordering(Ref(spec.key.name)),)
        async with self.session.as_system("a test looks beneath").snapshot_read() as reader:
            return await reader.read(Selection(spec, tuple(spec.attributes), where, order))

    async def census(self) -> dict[str, int]:
        """How many records of each kind there are, events and jobs among them, but for those that come by schedule."""
        async with self.session.as_system("a test looks beneath").snapshot_read() as reader:
            return {spec.name: await reader.count(spec, ASKED_FOR.get(spec.name)) for spec in self.domain.stored}

    @asynccontextmanager
    async def unchanged(self) -> AsyncIterator[None]:
        """Something that is to leave no trace."""
        before = await self.census()
        yield
        assert await self.census() == before

    async def job_of(self, resource: str, id: Any) -> Row:  # noqa: A002
        """The job of a record."""
        (job,) = await self.rows("Job", target_type=resource, target_id=str(id))
        return job

    async def run(self, resource: str, id: Any, timing: LeaseTiming = TIMING) -> JobState | None:  # noqa: A002
        """The job of a record, run here."""
        return await run_job(self.runtime.engine, (await self.job_of(resource, id))["id"], timing)

    async def events(self, target_id: UUID | str, *types: str) -> list[Entry]:
        """What happened to a record, in order."""
        spec = self.domain.of(Event)
        mine = Compare(Comparison.EQ, Ref("target_id"), Value(str(target_id)))
        # Not by the log, which waits for older transactions, also those of other databases.
        order = (Ordering(Ref("transaction")), Ordering(Ref("seq")))
        async with self.session.as_system("a test looks beneath").snapshot_read() as reader:
            entries = [Entry.of(row) for row in await reader.read(Selection(spec, tuple(spec.attributes), mine, order))]
        return [entry for entry in entries if not types or entry.type in types]


async def prepare(settings: Settings) -> None:
    """Makes the tables, and what follows from every migration."""
    runtime = assemble(DOMAIN, settings, connections=2)
    try:
        await create_tables(runtime.layer)
        # A worker waits for the steps that it knows.
        await Migrations(DOMAIN, settings.database_url or "", {"platform": SHIPPED}).stamp("heads")
        for verb in DOMAIN.after_migrate:
            await load_verb(verb)(runtime.engine.system("a test prepares", runtime.context("migrate")))
    finally:
        await runtime.close()


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Installation]:
    """The installation over servers that are there."""
    runtime = assemble(DOMAIN, settings)
    app = create_app(DOMAIN, settings)
    transport = httpx.ASGITransport(app)
    try:
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://localhost") as http,
        ):
            graphql = await GraphqlClient.introspected(DOMAIN, http)
            yield Installation(settings, runtime, app, http, graphql, RestClient(DOMAIN, http))
    finally:
        await runtime.close()


def settings_of(database_url: str, redis_url: str) -> Settings:
    """The settings of an installation under test."""
    # Tests that are no coroutines hold up the loop that they share with an installation.
    return load_settings(
        database_url=database_url,
        redis_url=redis_url,
        max_body_bytes=MAX_BODY,
        poll_seconds=0.05,
        allowed_tools=(),
        key_variables="TESTS_API_KEY,ABSENT_API_KEY",
        loop_held_seconds=3600.0,
    )
