"""The library over HTTP, in this process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from framework.graphql.serving.endpoint import answer
from tests.framework.graphql.conftest import Api, Serve
from tests.framework.graphql.library import LIBRARY


@dataclass
class Served:
    """A client of the endpoint, and the API behind it."""

    api: Api
    http: httpx.AsyncClient

    async def post(self, content: bytes, headers: Mapping[str, str] | None = None) -> httpx.Response:
        return await self.http.post(
            "/graphql", content=content, headers={"content-type": "application/json", **(headers or {})}
        )

    async def ask(self, accept: str, query: str, **more: Any) -> httpx.Response:
        return await self.http.post("/graphql", json={"query": query, **more}, headers={"accept": accept})


@pytest.fixture
async def served(serve: Serve) -> AsyncIterator[Served]:
    api = serve(*LIBRARY)

    async def endpoint(request: Request) -> Response:
        return await answer(api.schema, request, api.context)

    app = Starlette(routes=[Route("/graphql", endpoint, methods=["POST"])])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as http:
        yield Served(api, http)
