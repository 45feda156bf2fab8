"""A list that is sorted by texts of any length can be paged to its end, in both transports."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from framework.data.memory import MemoryLayer
from tests.contracts.transports.conftest import serving
from tests.contracts.transports.forum import FORUM, Team

# A server reads no longer one.
LONGEST_ADDRESS = 10_000
TEXTS = sorted(["a", "b" * 1200, "c" * 7000, "d" * 20_000 + "1", "d" * 20_000 + "2", "e\x01" * 500, "é" * 9000, "z"])
Page = tuple[list[str], Any]


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    """Teams with names of all lengths, twice each."""
    async with serving(FORUM, MemoryLayer(FORUM)) as (session, client):
        await session.create_all(Team.make, [{"name": name} for name in TEXTS * 2])
        yield client


async def paged(page: Callable[[Any], Awaitable[Page]]) -> list[str]:
    """The names on all pages, each begun where the one before ended."""
    names, after = await page(None)
    while after is not None:
        found, after = await page(after)
        names += found
    return names


async def test_rest_goes_through_the_whole_list(http: httpx.AsyncClient) -> None:
    async def page(after: str | None) -> Page:
        params: dict[str, Any] = {"sort": "name", "limit": 1} | ({"after": after} if after else {})
        response = await http.get("/api/teams", params=params)
        assert len(str(response.request.url)) < LONGEST_ADDRESS
        body = response.json()
        return [item["name"] for item in body["data"]], body["page"]["next"]

    assert await paged(page) == sorted(TEXTS * 2)


async def test_graphql_goes_through_the_whole_list(http: httpx.AsyncClient) -> None:
    asked = """query($after: String) { teams(first: 1, after: $after, sort: {name: ASC}) {
        nodes { name } pageInfo { endCursor hasNextPage } } }"""

    async def page(after: str | None) -> Page:
        response = await http.post("/graphql", json={"query": asked, "variables": {"after": after}})
        found = response.json()["data"]["teams"]
        info = found["pageInfo"]
        return [node["name"] for node in found["nodes"]], info["endCursor"] if info["hasNextPage"] else None

    assert await paged(page) == sorted(TEXTS * 2)
