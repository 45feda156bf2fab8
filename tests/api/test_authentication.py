"""Who calls reaches every transport the same way, by a hook of a domain's own, and jobs as it is when they run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from framework.actions.query import Query
from framework.compiler.domain import Domain, compile_domain, problems_of
from framework.context import Actor, Context
from framework.declare.verbs import verb
from framework.events.event import Event
from framework.jobs.job import Job, JobState
from framework.jobs.runner import run_job
from framework.runtime.runtime import Runtime, assemble
from framework.settings import Settings, load_settings
from framework.spec.domain import DomainSpec
from framework.sql.migrations.migrations import Migrations
from framework.standard import STANDARD
from framework.testing.until import until
from tests.api.socket import Socket, connected
from tests.api.team import MEMOS, TEAM, Callers, Memo

ADA, BOB = {"x-token": "ada's"}, {"x-token": "bob's"}
WRONG: tuple[list[tuple[str, str]], ...] = (
    [],
    [("x-token", "")],
    [("x-token", "ada")],
    [("x-token", "ada's"), ("x-token", "ada's")],
    [("x-token", "ada's"), ("x-token", "bob's")],
    [("x-token", "x" * 30_000)],
)
SAID_WRONGLY: tuple[Any, ...] = (None, {}, {"x-token": "no"}, {"x-token": 7}, {"x-token": "ada's", "X-Token": "ada's"})
WRITE = 'mutation { writeMemo(input: {title: "tea"}) { memo { id owner } errors { code } } }'
LIST = "{ memos { nodes { title } } }"


@pytest.fixture(scope="module")
def domain() -> DomainSpec:
    return compile_domain(MEMOS)


@pytest.fixture
async def settings(domain: DomainSpec, fresh_database_url: str, clean_redis_url: str, tmp_path: Path) -> Settings:
    migrations = Migrations(domain, fresh_database_url, {"memos": tmp_path})
    assert await migrations.revision("memos") is not None
    await migrations.upgrade()
    return load_settings(database_url=fresh_database_url, redis_url=clean_redis_url, poll_seconds=0.1)


@pytest.fixture
async def app(domain: DomainSpec, settings: Settings) -> AsyncIterator[FastAPI]:
    serving = create_app(domain, settings)
    async with serving.router.lifespan_context(serving):
        yield serving


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        yield client


@pytest.fixture
async def runtime(domain: DomainSpec, settings: Settings) -> AsyncIterator[Runtime]:
    running = assemble(domain, settings)
    yield running
    await running.close()


@asynccontextmanager
async def greeted(app: FastAPI, said: Any) -> AsyncIterator[Socket]:
    async with connected(app) as socket:
        await socket.send({"type": "connection_init", "payload": said})
        yield socket


@pytest.mark.parametrize("headers", WRONG)
@pytest.mark.parametrize("path", ["/api/memos", "/api/memos/changes", "/openapi.json", "/metrics", "/nowhere", "/api/"])
async def test_a_stranger_is_told_the_same_whatever_is_wrong(
    path: str, headers: list[tuple[str, str]], http: httpx.AsyncClient
) -> None:
    refused = await http.get(path, headers=headers)
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, 'Bearer realm="dspex"')
    told = {**refused.json(), "instance": path}
    assert told == {**(await http.get(path)).json(), "instance": path}
    assert told["code"] == "unauthenticated"


async def test_a_stranger_to_graphql_is_told_so_in_errors(http: httpx.AsyncClient) -> None:
    refused = await http.post("/graphql", json={"query": LIST})
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, 'Bearer realm="dspex"')
    assert [error["extensions"]["code"] for error in refused.json()["errors"]] == ["unauthenticated"]
    assert "data" not in refused.json()


async def test_pages_and_health_are_open_to_strangers(http: httpx.AsyncClient) -> None:
    for path in ("/", "/docs", "/graphql", "/healthz", "/readyz", "/static/docs.js"):
        assert (await http.get(path, headers={"accept": "text/html"})).status_code in (200, 503), path


async def test_rest_and_graphql_act_as_whoever_calls(http: httpx.AsyncClient) -> None:
    made = await http.post("/api/memos", json={"title": "milk"}, headers=ADA)
    assert made.json()["owner"] == "ada"
    written = (await http.post("/graphql", json={"query": WRITE}, headers=BOB)).json()
    assert written["data"]["writeMemo"]["memo"]["owner"] == "bob"
    mine = (await http.get("/api/memos", headers=ADA)).json()["data"]
    assert [memo["title"] for memo in mine] == ["milk"]
    theirs = (await http.post("/graphql", json={"query": LIST}, headers=BOB)).json()
    assert theirs["data"]["memos"]["nodes"] == [{"title": "tea"}]


async def test_a_websocket_is_its_clients_who_says_so_first(app: FastAPI, runtime: Runtime) -> None:
    ada = runtime.engine.session(Context(Actor("user", "ada")))
    await ada.create(Memo.write, {"title": "milk"})
    for said, titles in (({"X-Token": "ada's"}, ["milk"]), ({"x-token": "bob's"}, [])):
        async with greeted(app, said) as socket:
            assert (await socket.said())["type"] == "connection_ack"
            await socket.send({"id": "1", "type": "subscribe", "payload": {"query": LIST}})
            answer = (await socket.said())["payload"]["data"]["memos"]["nodes"]
            assert [memo["title"] for memo in answer] == titles


@pytest.mark.parametrize(
    "said", [None, {}, {"x-token": "no"}, {"x-token": 7}, {"x-token": "ada's", "X-Token": "ada's"}]
)
async def test_a_websocket_of_a_stranger_is_closed(said: Any, app: FastAPI) -> None:
    async with greeted(app, said) as socket:
        closed = await socket.next()
        assert (closed["type"], closed["code"]) == ("websocket.close", 4403)


async def test_nothing_is_asked_over_a_websocket_that_has_not_said_who_it_is(app: FastAPI) -> None:
    async with connected(app) as socket:
        await socket.send({"id": "1", "type": "subscribe", "payload": {"query": LIST}})
        closed = await socket.next()
        assert (closed["type"], closed["code"]) == ("websocket.close", 4401)


async def test_a_subscription_tells_what_its_client_may_read(app: FastAPI, runtime: Runtime) -> None:
    async with greeted(app, {"x-token": "bob's"}) as socket:
        assert (await socket.said())["type"] == "connection_ack"
        follow = "subscription { memoChanged { memo { title } } }"
        await socket.send({"id": "1", "type": "subscribe", "payload": {"query": follow}})
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as http:

            async def followed() -> bool:
                return "dspex_subscribers 1.0" in (await http.get("/metrics", headers=ADA)).text

            await until(followed)
            for who, title in ((ADA, "milk"), (BOB, "tea")):
                await http.post("/api/memos", json={"title": title}, headers=who)
        assert (await socket.said())["payload"]["data"]["memoChanged"]["memo"]["title"] == "tea"


async def test_what_is_done_is_on_record_with_whoever_did_it(http: httpx.AsyncClient, runtime: Runtime) -> None:
    await http.post("/api/memos", json={"title": "milk"}, headers=ADA)
    session = runtime.engine.session()
    events = (await session.page(session.domain.of(Event).actions["browse"], Query())).records
    assert "memo.write" in {event.type for event in events}
    assert {event.actor for event in events} == {"user:ada"}


async def the_job(http: httpx.AsyncClient, runtime: Runtime) -> Any:
    await http.post("/api/memos", json={"title": "milk"}, headers=BOB)
    session = runtime.engine.session()
    (job,) = (await session.page(session.domain.of(Job).actions["browse"], Query())).records
    return job


async def test_a_job_runs_with_the_rights_of_its_starter_when_it_runs(
    http: httpx.AsyncClient, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await the_job(http, runtime)
    monkeypatch.setitem(TEAM, "bob", {"role": "member"})
    assert await run_job(runtime.engine, job.id) is JobState.SUCCEEDED
    (memo,) = (await http.get("/api/memos", headers=BOB)).json()["data"]
    assert memo["filed_by"] == "user bob, member"


async def test_a_job_of_somebody_who_is_gone_is_forbidden(
    http: httpx.AsyncClient, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await the_job(http, runtime)
    monkeypatch.delitem(TEAM, "bob")
    assert await run_job(runtime.engine, job.id) is JobState.FAILED
    session = runtime.engine.session()
    failed = await session.get(Job, job.id)
    assert failed.error is not None
    assert failed.error["code"] == "forbidden"


@pytest.mark.parametrize("raised", [RuntimeError("a mistake in the hook"), KeyError("role")])
async def test_a_hook_that_raises_lets_nobody_in(
    raised: Exception, app: FastAPI, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(self: Callers, caller: object) -> Context:
        raise raised

    monkeypatch.setattr(Callers, "context_of", broken)
    refused = await http.get("/api/memos", headers=ADA)
    assert (refused.status_code, refused.json()["code"]) == (500, "internal")
    assert "hook" not in refused.text
    async with greeted(app, ADA) as socket:
        assert (await socket.next())["code"] == 4403


async def test_no_caller_is_the_system(http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    async def grand(self: Callers, caller: object) -> Context:
        return Context(Actor("system", "ada"))

    monkeypatch.setattr(Callers, "context_of", grand)
    assert (await http.get("/api/memos", headers=ADA)).status_code == 500


def test_two_hooks_that_say_who_calls_are_a_mistake() -> None:
    other = Domain("others", (), STANDARD, authenticates=verb("tests.api.team:Others"))
    (problem,) = problems_of(MEMOS, other)
    assert "two hooks say who calls" in problem.says
    assert problems_of(MEMOS, Domain("others", (), STANDARD)) == ()
