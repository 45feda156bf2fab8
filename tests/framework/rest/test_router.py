"""The assembled router."""

from __future__ import annotations

import httpx
from fastapi import FastAPI

from framework.rest.router import rest_router
from framework.spec.domain import DomainSpec
from tests.framework.rest.conftest import Workshop


async def test_without_a_feed_nothing_is_streamed(shop: Workshop, domain: DomainSpec) -> None:
    app = FastAPI()
    app.include_router(rest_router(domain, lambda request: shop.engine.session(), prefix="/v2"))
    transport = httpx.ASGITransport(app, root_path="/behind")
    async with httpx.AsyncClient(transport=transport, base_url="http://workshop") as client:
        made = await client.post("/v2/projects", json={"slug": "qa"})
        assert made.headers["location"] == f"/behind/v2/projects/{made.json()['id']}"
        # `changes` is an id like any other now, and none that there could be.
        assert (await client.get("/v2/programs/changes")).json()["code"] == "uuid_parsing"
