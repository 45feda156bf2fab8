"""The proof that it is a framework: ten lines of declaration, and all the rest follows."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from websockets.asyncio.client import connect

from api.app import create_app
from framework.actions.query import Query
from framework.actions.session import Session
from framework.compiler.domain import compile_domain
from framework.jobs.job import Job, JobState
from framework.jobs.runner import run_job
from framework.runtime.runtime import Runtime, assemble
from framework.settings import Settings, load_settings
from framework.spec.domain import DomainSpec
from framework.sql.migrations.migrations import Migrations
from framework.testing.until import PATIENCE, until
from tests.framework.ten_lines import NOTES, Note


@pytest.fixture(scope="module")
def domain() -> DomainSpec:
    return compile_domain(NOTES)


@pytest.fixture
async def settings(domain: DomainSpec, fresh_database_url: str, clean_redis_url: str, tmp_path: Path) -> Settings:
    """A database whose only tables came from a migration that was written by itself."""
    migrations = Migrations(domain, fresh_database_url, {"notes": tmp_path})
    assert await migrations.revision("notes") is not None
    await migrations.upgrade()
    assert await migrations.check() == []
    return load_settings(database_url=fresh_database_url, redis_url=clean_redis_url, poll_seconds=0.1)


@pytest.fixture
async def client(domain: DomainSpec, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """The API on a socket of its own."""
    config = uvicorn.Config(create_app(domain, settings), port=0, log_level="error", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    serving = asyncio.ensure_future(server.serve())
    await until(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        yield http
    server.should_exit = True
    await serving


@pytest.fixture
async def runtime(domain: DomainSpec, settings: Settings) -> AsyncIterator[Runtime]:
    running = assemble(domain, settings)
    yield running
    await running.close()


@pytest.fixture
def session(runtime: Runtime) -> Session:
    return runtime.engine.session()


async def ask(client: httpx.AsyncClient, query: str, **variables: Any) -> Any:
    response = await client.post("/graphql", json={"query": query, "variables": variables})
    body = response.json()
    assert "errors" not in body, body
    return body["data"]


async def test_a_table_follows_and_a_migration_that_goes_both_ways(
    domain: DomainSpec, fresh_database_url: str, tmp_path: Path
) -> None:
    migrations = Migrations(domain, fresh_database_url, {"notes": tmp_path})
    await migrations.revision("notes")
    await migrations.upgrade()
    assert await migrations.check() == []
    await migrations.downgrade("base")
    assert await migrations.pending() != []
    await migrations.upgrade()
    assert await migrations.check() == []


async def test_a_python_interface_follows(session: Session) -> None:
    note = await session.create(Note.create, {"title": "milk"})
    assert (await session.update(Note.update, note.id, {"stars": 3})).stars == 3
    found = await session.read(Note.browse, Query().where(Note.stars > 2))
    assert [n.title for n in found] == ["milk"]


async def test_graphql_follows_with_filter_sort_and_page(client: httpx.AsyncClient) -> None:
    create = "mutation($i: CreateNoteInput!) { createNote(input: $i) { note { id } errors { code path } } }"
    for stars in range(4):
        await ask(client, create, i={"title": f"note {stars}", "stars": stars})
    page = "query($after: String) { notes(first: 2, after: $after, filter: {stars: {ge: 1}}, sort: [{stars: DESC}]) \
        { totalCount pageInfo { hasNextPage endCursor } nodes { title stars } } }"
    first = (await ask(client, page))["notes"]
    assert first["totalCount"] == 3
    assert [node["stars"] for node in first["nodes"]] == [3, 2]
    second = (await ask(client, page, after=first["pageInfo"]["endCursor"]))["notes"]
    assert [node["stars"] for node in second["nodes"]] == [1]
    assert not second["pageInfo"]["hasNextPage"]
    wrong = (await ask(client, create, i={"title": "x", "stars": 9}))["createNote"]
    assert (wrong["note"], wrong["errors"]) == (None, [{"code": "less_than_equal", "path": ["stars"]}])


async def test_rest_follows_with_openapi(client: httpx.AsyncClient) -> None:
    made = await client.post("/api/notes", json={"title": "milk", "stars": 1})
    assert made.status_code == 201
    listed = await client.get("/api/notes", params={"filter[title][ilike]": "%MILK%", "sort": "-stars", "limit": "1"})
    assert [note["title"] for note in listed.json()["data"]] == ["milk"]
    changed = await client.patch(made.headers["location"], json={"stars": 2})
    assert changed.json()["stars"] == 2
    wrong = await client.post("/api/notes", json={"stars": 1})
    assert (wrong.status_code, wrong.headers["content-type"]) == (422, "application/problem+json")
    document = (await client.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    assert {"get", "post"} <= document["paths"]["/api/notes"].keys()


async def test_a_job_and_subscriptions_follow(client: httpx.AsyncClient, runtime: Runtime) -> None:
    session = runtime.engine.session()
    address = f"{client.base_url}".replace("http", "ws").rstrip("/") + "/graphql"
    async with connect(address, subprotocols=["graphql-transport-ws"]) as socket:  # type: ignore[list-item]  # a str does
        await socket.send(json.dumps({"type": "connection_init"}))
        assert json.loads(await socket.recv())["type"] == "connection_ack"
        changes = "subscription { noteChanged { cursor action note { title stars } } }"
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": changes}}))
        await until(lambda: _listened_to(client))
        note = await session.create(Note.create, {"title": "milk"})
        change = await _next(socket, "1")
        assert change["noteChanged"]["action"] == "create"
        (job,) = (await session.page(session.domain.of(Job).actions["browse"], Query())).records
        assert await run_job(runtime.engine, job.id) is JobState.SUCCEEDED
        assert (await _next(socket, "1"))["noteChanged"]["note"] == {"title": "milk", "stars": 5}
        progress = "subscription($id: ID!) { noteProgress(id: $id) { state progress { percent } } }"
        payload = {"query": progress, "variables": {"id": str(note.id)}}
        await socket.send(json.dumps({"id": "2", "type": "subscribe", "payload": payload}))
        reports = [(await _next(socket, "2"))["noteProgress"] for _ in range(2)]
        assert reports == [
            {"state": "running", "progress": {"percent": 100}},
            {"state": "succeeded", "progress": None},
        ]


async def _next(socket: Any, subscription: str) -> Any:
    while True:
        message = json.loads(await asyncio.wait_for(socket.recv(), PATIENCE))
        assert message["type"] != "error", message
        if message["type"] == "next" and message["id"] == subscription:
            assert "errors" not in message["payload"], message
            return message["payload"]["data"]


async def _listened_to(client: httpx.AsyncClient) -> bool:
    """Whether somebody is told of all that comes from now on: to subscribe takes longer than to be read."""
    return "dspex_subscribers 1.0" in (await client.get("/metrics")).text
