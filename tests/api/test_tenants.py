"""The tenant of a request reaches every transport by the hook, and nobody acts in one that they do not belong to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from framework.actions.permission import todays_actors
from framework.compiler.domain import compile_domain
from framework.settings import load_settings
from framework.sql.migrations.migrations import Migrations
from framework.testing.until import until
from tests.api.shops import NORTH, SHOPS, SOUTH, STAFF
from tests.api.socket import Socket, connected

ADA = {"x-token": "ada's", "x-shop": NORTH}
ADA_SOUTH, BOB = {"x-token": "ada's", "x-shop": SOUTH}, {"x-token": "bob's", "x-shop": SOUTH}
LIST = "{ orders { totalCount nodes { number } } }"
FOLLOW = "subscription { orderChanged { id order { number } } }"


@pytest.fixture
async def app(fresh_database_url: str, clean_redis_url: str, tmp_path: Path) -> AsyncIterator[FastAPI]:
    domain = compile_domain(SHOPS)
    migrations = Migrations(domain, fresh_database_url, {"shops": tmp_path})
    assert await migrations.revision("shops") is not None
    await migrations.upgrade()
    settings = load_settings(database_url=fresh_database_url, redis_url=clean_redis_url, poll_seconds=0.1)
    serving = create_app(domain, settings)
    async with serving.router.lifespan_context(serving):
        yield serving


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        yield client


async def placed(http: httpx.AsyncClient, who: dict[str, str], number: str) -> str:
    made = await http.post("/api/orders", json={"number": number}, headers=who)
    assert made.status_code == 201, made.text
    key: str = made.json()["id"]
    return key


async def listed(http: httpx.AsyncClient, who: dict[str, str]) -> list[str]:
    rest = (await http.get("/api/orders", headers=who)).json()["data"]
    graphql = (await http.post("/graphql", json={"query": LIST}, headers=who)).json()["data"]["orders"]
    numbers = [order["number"] for order in rest]
    assert [order["number"] for order in graphql["nodes"]] == numbers
    assert graphql["totalCount"] == len(numbers)
    return numbers


async def greeted(socket: Socket, said: dict[str, str]) -> None:
    await socket.send({"type": "connection_init", "payload": said})
    assert (await socket.said())["type"] == "connection_ack"


async def test_rest_and_graphql_answer_from_the_tenant_of_the_request(http: httpx.AsyncClient) -> None:
    key = await placed(http, ADA, "1")
    await placed(http, BOB, "1")
    await placed(http, BOB, "2")
    assert (await listed(http, ADA), await listed(http, ADA_SOUTH), await listed(http, BOB)) == (
        ["1"],
        ["1", "2"],
        ["1", "2"],
    )
    for verb, path in (("GET", key), ("DELETE", key), ("POST", f"{key}/amend")):
        answer = await http.request(verb, f"/api/orders/{path}", headers=BOB, json={} if verb == "POST" else None)
        assert answer.status_code == 404, (verb, answer.text)
    node = f'{{ order(id: "{key}") {{ number }} }}'
    assert (await http.post("/graphql", json={"query": node}, headers=BOB)).json()["data"]["order"] is None


@pytest.mark.parametrize("shop", [NORTH, "01900000-0000-7000-8000-00000000000c", "", "*", f"{SOUTH}, {NORTH}"])
async def test_a_tenant_that_one_does_not_belong_to_is_refused_as_a_stranger_is(
    shop: str, app: FastAPI, http: httpx.AsyncClient
) -> None:
    outsider = {"x-token": "bob's", "x-shop": shop}
    stranger = await http.get("/api/orders")
    refused = await http.get("/api/orders", headers=outsider)
    assert (refused.status_code, refused.json()) == (401, stranger.json())
    told = await http.post("/graphql", json={"query": LIST}, headers=outsider)
    assert (told.status_code, told.json()["errors"][0]["extensions"]["code"]) == (401, "unauthenticated")
    async with connected(app) as socket:
        await socket.send({"type": "connection_init", "payload": outsider})
        assert (await socket.next())["code"] == 4403


async def test_a_request_in_no_tenant_is_told_what_it_lacks(http: httpx.AsyncClient) -> None:
    refused = await http.get("/api/orders", headers={"x-token": "bob's"})
    assert (refused.status_code, refused.json()["code"]) == (403, "no_tenant")
    given = await http.post("/api/orders", json={"number": "1", "shop_id": NORTH}, headers=BOB)
    assert given.status_code == 422


async def test_a_subscription_tells_of_its_tenant_and_not_even_an_end_in_another(
    app: FastAPI, http: httpx.AsyncClient
) -> None:
    async with connected(app) as socket:
        await greeted(socket, BOB)
        await socket.send({"id": "1", "type": "subscribe", "payload": {"query": FOLLOW}})

        async def followed() -> bool:
            return "dspex_subscribers 1.0" in (await http.get("/metrics", headers=ADA)).text

        await until(followed)
        hidden = await placed(http, ADA, "7")
        await http.delete(f"/api/orders/{hidden}", headers=ADA)
        mine = await placed(http, BOB, "8")
        told = (await socket.said())["payload"]["data"]["orderChanged"]
        assert told == {"id": mine, "order": {"number": "8"}}
        await http.delete(f"/api/orders/{mine}", headers=BOB)
        assert (await socket.said())["payload"]["data"]["orderChanged"] == {"id": mine, "order": None}


async def test_a_stream_ends_once_its_reader_has_left_the_tenant(
    app: FastAPI, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connected(app) as socket:
        await greeted(socket, ADA_SOUTH)
        await socket.send({"id": "1", "type": "subscribe", "payload": {"query": FOLLOW}})

        async def followed() -> bool:
            return "dspex_subscribers 1.0" in (await http.get("/metrics", headers=BOB)).text

        await until(followed)
        monkeypatch.setattr(todays_actors, "SECONDS", 0.0)
        monkeypatch.setitem(STAFF, "ada", {NORTH})
        await placed(http, BOB, "9")
        said: dict[str, Any] = await socket.said()
        assert said["payload"]["errors"][0]["extensions"]["code"] == "unauthenticated"
