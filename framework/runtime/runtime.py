"""The runtime of one process: engine, event feed and dispatcher over the servers that the settings name."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from framework.actions.engine import Engine
from framework.actions.layers import layers_of
from framework.actions.permission.todays_actors import TodaysActors
from framework.actions.record_cache import RecordCache
from framework.actions.verb import load_verb
from framework.audit.notifier import AuditNotifier
from framework.callers.authenticates import Anybody, Authenticates, caller_of_today
from framework.context import Actor, Context
from framework.errors import Invalid
from framework.events.event import Event
from framework.events.feed import Feed
from framework.events.figures import subscriber_figures
from framework.events.log import Log
from framework.events.notifier import EventNotifier
from framework.events.redis_doorbell import RedisDoorbell
from framework.figures import Figure, Measures
from framework.jobs.celery_app import client_app
from framework.jobs.dispatch import CeleryDispatcher
from framework.jobs.dispatcher import Dispatcher
from framework.jobs.job import Job
from framework.jobs.ping import WORKER
from framework.jobs.retention.in_force import rules_in_force
from framework.processes.heartbeat import Heartbeat
from framework.processes.heavy_calls import HeavyCalls
from framework.processes.stopping import Stopping
from framework.processes.verb_process import VerbProcesses
from framework.settings import Settings
from framework.spec.domain import DomainSpec
from framework.sql.engine import open_engine
from framework.sql.figures import pool_figures
from framework.sql.layer import SqlLayer
from framework.sql.timeouts import Timeouts, Work

# Of the pool that no request takes from.
OWN_CONNECTIONS = 6


@dataclass(frozen=True, slots=True)
class Runtime:
    """Everything a process serves its domain with. Nothing connects until it is used.

    `own` has a small pool of its own: for health, the feed, heartbeats and figures, which live on while requests hold
    all connections of `layer`.
    """

    engine: Engine
    layer: SqlLayer
    own: SqlLayer
    log: Log
    feed: Feed
    doorbell: RedisDoorbell
    dispatcher: CeleryDispatcher
    heartbeat: Heartbeat
    stopping: Stopping
    callers: Authenticates

    async def close(self) -> None:
        """Lets go of every connection; what fails to close keeps nothing else open."""
        async with AsyncExitStack() as closing:
            closing.push_async_callback(self.layer.close)
            closing.push_async_callback(self.own.close)
            closing.push_async_callback(self.doorbell.close)
            closing.push_async_callback(self.feed.close)
            closing.push_async_callback(self.heartbeat.close)
            closing.push_async_callback(self.engine.layers.aclose)
            closing.push_async_callback(self.callers.close)

    @property
    def upkeep(self) -> Engine:
        """The engine for what looks after jobs, beside all requests."""
        return replace(self.engine, layer=self.own)

    async def worker_answers(self) -> bool:
        """Whether any worker takes messages."""
        return await self.doorbell.has(WORKER)

    def figures(self) -> list[Figure]:
        """Of this process alone, as they are just now."""
        return [
            *pool_figures(self.layer, self.own),
            *subscriber_figures(self.feed),
            *self.heartbeat.figures(),
            *self.engine.layers.figures(),
        ]

    def context(self, kind: str) -> Context:
        """The context of work that this installation does for itself."""
        return Context(actor=Actor("system", kind))


def assemble(
    domain: DomainSpec,
    settings: Settings,
    *,
    connections: int | None = None,
    work: Work = Work.REQUESTS,
    measures: Measures | None = None,
) -> Runtime:
    """The runtime of a process; both addresses have to be known by now. `connections` are for reads, as many others
    for transactions."""
    refuse_incomplete(domain)
    rules_in_force(domain, settings.retention_days)
    database, redis = address(settings.database_url, "DATABASE_URL"), address(settings.redis_url, "REDIS_URL")
    most, wait = connections or settings.connections, settings.connection_seconds
    writes = open_engine(database, connections=most, timeouts=Timeouts.of_writes(settings, work), wait=wait)
    reads = open_engine(database, connections=most, timeouts=Timeouts.of_reads(settings, work), wait=wait)
    layer = SqlLayer(domain, writes, reads, role=settings.database_role)
    kept = open_engine(database, connections=OWN_CONNECTIONS, timeouts=Timeouts.of_upkeep(settings), wait=wait)
    own = SqlLayer(domain, kept, schema=layer.schema, role=layer.role)
    doorbell = RedisDoorbell(redis, settings.prefix)
    log = Log(domain, own, doorbell)
    dispatcher = CeleryDispatcher(client_app(redis, settings.prefix))
    heartbeat, stopping = Heartbeat(domain, own), Stopping()
    services: dict[type, Any] = {
        Log: log,
        Dispatcher: dispatcher,
        Settings: settings,
        RecordCache: RecordCache(),
        Heartbeat: heartbeat,
        HeavyCalls: HeavyCalls(settings.heavy_calls, settings.heavy_wait_seconds),
        Stopping: stopping,
        VerbProcesses: VerbProcesses(settings),
        Measures: measures,
    }
    engine = Engine(domain, layer, AuditNotifier(EventNotifier(log)), services, layers_of(domain, settings))
    # It may look things up, so it has the engine, which has it: for jobs, and for steps that tell it of changes.
    callers = Anybody(engine) if domain.authenticates is None else load_verb(domain.authenticates)(engine)
    services |= {Authenticates: callers, TodaysActors: TodaysActors(partial(caller_of_today, callers))}
    feed = Feed(log, poll_seconds=settings.poll_seconds, most=settings.max_subscriptions)
    return Runtime(engine, layer, own, log, feed, doorbell, dispatcher, heartbeat, stopping, callers)


def refuse_incomplete(domain: DomainSpec) -> None:
    """Raises Invalid where the domain has not what every process needs."""
    there = {spec.record for spec in domain.resources.values()}
    missing = [record.__name__ for record in (Event, Job) if record not in there]
    if missing:
        raise Invalid(
            f"the domain `{domain.name}` has no {' and no '.join(missing)}, which every process needs",
            code="incomplete_domain",
            path=("extensions",),
            hint="list the extensions EVENTS and JOBS in it",
        )


def address(url: str | None, name: str) -> str:
    """The address; raises Invalid when it is not known."""
    if url is None:
        raise Invalid(
            f"{name} is not set", code="no_servers", path=(name,), hint="`dspex up` starts private servers and sets it"
        )
    return url
