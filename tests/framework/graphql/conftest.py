"""An API over resources in memory: the engine, the events and the schema as a process has them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest

from framework.actions.engine import Engine
from framework.actions.session import Session
from framework.compiler.domain import Domain, compile_domain
from framework.data.access_scope import AccessScope
from framework.data.memory import MemoryLayer
from framework.data.protocols import Commit, Layer, Reads, Row
from framework.data.selection import Selection
from framework.data.total import Total
from framework.declare.resource import Resource
from framework.events.doorbell import LocalDoorbell
from framework.events.extension import EVENTS
from framework.events.feed import Feed
from framework.events.log import Log
from framework.events.notifier import EventNotifier
from framework.expr.nodes import Node
from framework.graphql.context import GraphqlContext
from framework.graphql.extension import GRAPHQL
from framework.graphql.limits import QueryLimits
from framework.graphql.schema import graphql_schema
from framework.processes.stopping import Stopping
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec


@dataclass
class CountingReads:
    """A reader that notes each statement."""

    reader: Reads
    statements: list[str]

    def whole(self) -> CountingReads:
        return CountingReads(self.reader.whole(), self.statements)

    def scoped(self, scope: AccessScope | None) -> CountingReads:
        return CountingReads(self.reader.scoped(scope), self.statements)

    async def read(self, selection: Selection) -> list[Row]:
        self.statements.append(f"read {selection.resource.name}")
        return await self.reader.read(selection)

    async def count(self, resource: ResourceSpec, where: Node | None) -> int:
        self.statements.append(f"count {resource.name}")
        return await self.reader.count(resource, where)

    async def estimate(self, resource: ResourceSpec, where: Node | None) -> Total:
        self.statements.append(f"estimate {resource.name}")
        return await self.reader.estimate(resource, where)


@dataclass
class CountingLayer:
    """A layer that notes each statement outside of transactions."""

    layer: Layer
    statements: list[str] = field(default_factory=list)

    def transaction(self, commit: Commit = Commit.DURABLE) -> Any:
        return self.layer.transaction(commit)

    @asynccontextmanager
    async def snapshot_read(self) -> AsyncIterator[Reads]:
        async with self.layer.snapshot_read() as reader:
            yield CountingReads(reader, self.statements)

    @asynccontextmanager
    async def autocommit_read(self) -> AsyncIterator[Reads]:
        async with self.layer.autocommit_read() as reader:
            yield CountingReads(reader, self.statements)

    async def ping(self) -> None:
        await self.layer.ping()


@dataclass
class Api:
    """What a client has: operations and their answers."""

    domain: DomainSpec
    layer: CountingLayer
    session: Session
    log: Log
    feed: Feed
    schema: Any

    @property
    def context(self) -> GraphqlContext:
        return GraphqlContext(self.session, self.feed)

    async def answer(self, operation: str, **variables: Any) -> Any:
        """The whole result: `data` and `errors`."""
        self.layer.statements.clear()
        return await self.schema.execute(operation, variable_values=variables, context_value=self.context)

    async def ask(self, operation: str, **variables: Any) -> Any:
        """The data of an operation that has no errors."""
        result = await self.answer(operation, **variables)
        assert result.errors is None, result.errors
        return result.data

    async def refused(self, operation: str, **variables: Any) -> dict[str, Any]:
        """What is said of the one error of an operation: its message beside its extensions."""
        result = await self.answer(operation, **variables)
        assert result.errors is not None, result.data
        (error,) = result.errors
        return {"message": error.message, **(error.extensions or {})}

    async def follow(self, operation: str, **variables: Any) -> Any:
        """The results of a subscription, as they come."""
        return await self.schema.subscribe(operation, variable_values=variables, context_value=self.context)


DEFAULTS = QueryLimits()
Serve = Callable[..., Api]


@cache
def compiled(resources: tuple[type[Resource], ...], limits: QueryLimits) -> tuple[DomainSpec, Any]:
    """The domain and its schema, made once for all tests of the run that need them."""
    domain = compile_domain(Domain("test", resources, [EVENTS, GRAPHQL]))
    return domain, graphql_schema(domain, limits)


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Serves resources: `serve(Note, Comment)`."""
    feeds: list[Feed] = []

    def start(*resources: type[Resource], limits: QueryLimits = DEFAULTS) -> Api:
        domain, schema = compiled(resources, limits)
        layer = CountingLayer(MemoryLayer(domain))
        log = Log(domain, layer, LocalDoorbell())
        feed = Feed(log)
        feeds.append(feed)
        engine = Engine(domain, layer, EventNotifier(log), {Stopping: Stopping()})
        return Api(domain, layer, engine.session(), log, feed, schema)

    yield start
    for feed in feeds:
        await feed.close()
