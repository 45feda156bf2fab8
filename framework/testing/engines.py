"""Engines for the tests of one's own domains: in memory, or on PostgreSQL in a database that is there for one test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
from psycopg import sql

from framework.actions.engine import Engine
from framework.actions.layers import layers_of
from framework.actions.notifier import NullNotifier
from framework.actions.record_cache import RecordCache
from framework.audit.notifier import AuditNotifier
from framework.compiler.domain import Domain, compile_domain
from framework.data.memory import MemoryLayer
from framework.data.protocols import Layer
from framework.data.selection import Ordering, Selection
from framework.embedded.link import linked
from framework.embedded.server import Durability
from framework.events.doorbell import LocalDoorbell
from framework.events.event import Event
from framework.events.log import Log
from framework.events.notifier import EventNotifier
from framework.expr.nodes import Compare, Comparison, Ref, Value
from framework.jobs.job import Job, JobState
from framework.jobs.runner import run_job
from framework.settings import Settings, load_settings
from framework.spec.domain import DomainSpec
from framework.sql.engine import create_tables, open_layer


@asynccontextmanager
async def in_memory(*domains: Domain) -> AsyncIterator[Engine]:
    """The domains, served together, with their records in memory."""
    domain = compile_domain(*domains)
    async with _engine(domain, MemoryLayer(domain)) as engine:
        yield engine


@asynccontextmanager
async def in_postgres(*domains: Domain, url: str) -> AsyncIterator[Engine]:
    """The domains, served together, in a database of their own on that server, which is dropped at the end."""
    domain = compile_domain(*domains)
    async with _database(url) as database, open_layer(domain, database) as layer:
        await create_tables(layer)
        async with _engine(domain, layer) as engine:
            yield engine


@asynccontextmanager
async def postgres() -> AsyncIterator[str]:
    """The address of a server for tests: `DATABASE_URL`, else an embedded one in the folder `tests` of the data.

    The embedded one forgets what it was told when the machine loses its power, and is the faster for it.
    """
    settings = load_settings()
    if settings.database_url is not None:
        yield settings.database_url
        return
    async with linked(settings.data_dir / "tests", ["postgres"], Durability.VOLATILE) as started:
        yield started["postgres"]


async def run_jobs(engine: Engine) -> list[JobState]:
    """Runs the jobs that are due, and those that they queue, one after the other; gives how each was left.

    One that is to be tried again later is left as `queued`.
    """
    domain, states = engine.domain, list[JobState]()
    job = domain.of(Job)
    waiting = Selection(
        job, ("id",), Compare(Comparison.EQ, Ref("state"), Value(JobState.QUEUED)), (Ordering(Ref("id")),)
    )
    while True:
        async with engine.system("a test runs what is due").snapshot_read() as reader:
            rows = await reader.read(waiting)
        run = [state for row in rows if (state := await run_job(engine, row["id"])) is not None]
        if not run:
            return states
        states += run


@asynccontextmanager
async def _engine(domain: DomainSpec, layer: Layer) -> AsyncIterator[Engine]:
    """As a process puts it together, but for the servers: nobody else is to hear of anything."""
    settings = load_settings()
    layers = layers_of(domain, settings)
    services = {Settings: settings, RecordCache: RecordCache()}
    try:
        if any(spec.record is Event for spec in domain.resources.values()):
            log = Log(domain, layer, LocalDoorbell())
            yield Engine(domain, layer, AuditNotifier(EventNotifier(log)), {**services, Log: log}, layers)
        else:
            yield Engine(domain, layer, NullNotifier(), services, layers)
    finally:
        await layers.aclose()


@asynccontextmanager
async def _database(server: str) -> AsyncIterator[str]:
    name = f"test_{uuid4().hex[:12]}"
    identifier = sql.Identifier(name)
    await _administer(server, sql.SQL("CREATE DATABASE {}").format(identifier))
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        await _administer(server, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifier))


async def _administer(server: str, statement: sql.Composed) -> None:
    """Outside of any transaction, as making a database demands."""
    async with await psycopg.AsyncConnection.connect(server, autocommit=True) as connection:
        await connection.execute(statement)
