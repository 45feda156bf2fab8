"""The forum served by REST and GraphQL, in this process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from framework.actions.engine import Engine
from framework.actions.session import Session
from framework.data.memory import MemoryLayer
from framework.data.protocols import Layer
from framework.events.doorbell import LocalDoorbell
from framework.events.feed import Feed
from framework.events.log import Log
from framework.graphql.context import GraphqlContext
from framework.graphql.limits import QueryLimits
from framework.graphql.schema import DomainSchema, graphql_schema
from framework.graphql.serving.endpoint import answer
from framework.rest.installation import install
from framework.rest.router import rest_router
from framework.spec.domain import DomainSpec
from framework.sql.engine import create_tables, open_layer
from tests.contracts.transports.forum import FORUM, Rows, filled

# Wide enough for whatever is generated here.
LIMITS = QueryLimits(depth=40, aliases=400, cost=10**12, filter_cost=10**6)


@dataclass(frozen=True)
class Served:
    """A domain behind both transports, and a session beneath them."""

    session: Session
    http: httpx.AsyncClient
    rows: Rows

    async def graphql(self, query: str, variables: Mapping[str, Any]) -> httpx.Response:
        return await self.http.post("/graphql", json={"query": query, "variables": variables})


@asynccontextmanager
async def serving(
    domain: DomainSpec, layer: Layer, *, schema: DomainSchema | None = None
) -> AsyncIterator[tuple[Session, httpx.AsyncClient]]:
    """A domain over a layer, served by both transports; its schema may have been made before."""
    engine, schema = Engine(domain, layer), schema or graphql_schema(domain, LIMITS)
    feed = Feed(Log(domain, layer, LocalDoorbell()))
    app = FastAPI()
    app.include_router(rest_router(domain, lambda _: engine.session(), filter_cost=LIMITS.filter_cost))
    install(app, domain, max_body_bytes=1_000_000)

    @app.post("/graphql")
    async def graphql(request: Request) -> Response:
        return await answer(schema, request, GraphqlContext(engine.session(), feed))

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        yield engine.session(), http


@pytest.fixture(scope="session")
async def forum() -> AsyncIterator[Served]:
    """The forum in memory, filled once for everybody who only reads."""
    async with serving(FORUM, MemoryLayer(FORUM)) as (session, http):
        yield Served(session, http, await filled(session))


@pytest.fixture(scope="session")
async def stored_forum(make_database: Callable[[], Awaitable[str]]) -> AsyncIterator[Served]:
    """The same in PostgreSQL."""
    async with open_layer(FORUM, await make_database()) as layer:
        await create_tables(layer)
        async with serving(FORUM, layer) as (session, http):
            yield Served(session, http, await filled(session))
