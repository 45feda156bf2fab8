"""Events over HTTP, read as a browser reads them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest
from fastapi import FastAPI

from framework.actions.engine import Engine
from framework.compiler.domain import Domain, compile_domain
from framework.declare.actions import Create, Read
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource
from framework.events.extension import EVENTS
from framework.processes.stopping import Stopping
from framework.rest import streaming
from framework.rest.extension import REST
from framework.rest.installation import install
from framework.rest.router import rest_router
from framework.spec.domain import DomainSpec
from framework.testing.until import PATIENCE, until
from tests.framework.rest.conftest import Workshop, workshop
from tests.streamed import Asking, Streamed, streamed


class Page(Resource):
    """A page of a diary; only what was published is read by others."""

    id: Attr[UUID] = primary_key()
    text: Attr[str] = attribute()
    published: Attr[bool] = attribute(default=False)
    browse = Read(where=published)
    create = Create(accept=[text, published])


async def event(stream: Streamed) -> tuple[str, dict[str, Any]]:
    """The cursor and data of the next event."""
    fields = dict(line.split(": ", 1) for line in (await stream.chunk()).strip().splitlines())
    return fields["id"], orjson.loads(fields["data"])


@asynccontextmanager
async def listening(shop: Workshop, path: str, query: str = "", last: str | None = None) -> AsyncIterator[Streamed]:
    headers = {"last-event-id": last} if last is not None else {}
    async with streamed(shop.app, Asking(path, query, headers=headers)) as stream:
        assert (await stream.chunk()).startswith("retry: 2000\nid: ")
        yield stream


async def test_every_change_comes_in_order_with_its_cursor(shop: Workshop) -> None:
    project = await shop.project()
    async with listening(shop, "/api/programs/changes") as stream:
        program = await shop.program(project)
        await shop.client.patch(f"/api/programs/{program['id']}", json={"name": "B"})
        cursor, first = await event(stream)
        _, second = await event(stream)
    assert dict(stream.start["headers"])[b"content-type"].startswith(b"text/event-stream")
    assert (first["type"], first["target_id"], first["data"]["name"]) == ("program.create", program["id"], "A")
    assert (second["type"], second["data"]) == ("program.update", {"name": "B"})
    assert "secret" not in first["data"]
    async with listening(shop, "/api/programs/changes", last=cursor) as resumed:
        assert (await event(resumed))[1] == second
    async with listening(shop, "/api/programs/changes", f"after={cursor}") as resumed:
        assert (await event(resumed))[1] == second


async def test_a_stream_ends_when_the_process_is_to_end(shop: Workshop) -> None:
    stopping = Stopping()
    session = Engine(shop.domain, shop.engine.layer, shop.engine.notifier, {Stopping: stopping}).session()
    app = FastAPI()
    app.include_router(rest_router(shop.domain, lambda _: session, feed=shop.feed))
    async with listening(replace(shop, app=app), "/api/programs/changes") as stream:
        await shop.program(await shop.project())
        await event(stream)
        stopping.announce()
        assert await stream.chunk() == ""


async def test_changes_of_one_record_leave_the_others_out(shop: Workshop) -> None:
    project = await shop.project()
    one = await shop.program(project, "A")
    other = await shop.program(project, "B")
    async with listening(shop, "/api/programs/changes", f"id={other['id'].upper()}") as stream:
        await shop.client.post(f"/api/programs/{one['id']}/publish")
        await shop.client.post(f"/api/programs/{other['id']}/publish")
        assert (await event(stream))[1]["target_id"] == other["id"]


async def test_changes_of_records_that_the_list_hides_are_hidden_too() -> None:
    async with workshop(compile_domain(Domain("diary", [Page], [EVENTS, REST]))) as shop:
        for text, published in (("a secret", False), ("hello", True)):
            await shop.client.post("/api/pages", json={"text": text, "published": published})
        listed = (await shop.client.get("/api/pages")).json()["data"]
        async with listening(shop, "/api/pages/changes", "after=0.0") as stream:
            _, first = await event(stream)
    assert [page["text"] for page in listed] == [first["data"]["text"]] == ["hello"]


@pytest.mark.parametrize(
    "path", ["programs/changes", "programs/changes?after=0.0", "programs/{id}/progress?after={end}"]
)
async def test_whoever_may_not_read_the_records_is_refused_before_a_stream_begins(path: str, shop: Workshop) -> None:
    program = (await shop.program(await shop.project()))["id"]
    await shop.report(program, 1, "program.run.ended")
    spec = shop.domain.resources["Program"]
    # A session of another domain, which does not have this read.
    browse = replace(spec.actions["browse"])
    narrow = replace(spec, actions={**spec.actions, "browse": browse})
    other = replace(shop.domain, resources={**shop.domain.resources, "Program": narrow})
    session = Engine(other, shop.engine.layer).session()
    app = FastAPI()
    app.include_router(rest_router(shop.domain, lambda _: session, feed=shop.feed))
    install(app, shop.domain, max_body_bytes=20_000)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://workshop") as client:
        address = path.format(id=program, end=await shop.feed.end())
        response = await asyncio.wait_for(client.get(f"/api/{address}"), PATIENCE)
    assert (response.status_code, response.json()["code"]) == (403, "forbidden")
    assert response.headers["content-type"] == "application/problem+json"


async def test_progress_is_resumed_after_the_last_cursor(shop: Workshop) -> None:
    program = (await shop.program(await shop.project()))["id"]
    for step in (1, 2, 3):
        await shop.report(program, step)
    async with listening(shop, f"/api/programs/{program}/progress", "after=0.0") as stream:
        cursor, first = await event(stream)
    assert (first["type"], first["data"]) == ("program.run.progress", {"step": 1})
    async with listening(shop, f"/api/programs/{program}/progress", "after=0.0", last=cursor) as stream:
        assert [(await event(stream))[1]["data"]["step"] for _ in range(2)] == [2, 3]


async def test_progress_begins_with_the_first_report_and_ends_with_the_job(shop: Workshop) -> None:
    program = (await shop.program(await shop.project()))["id"]
    await shop.report(program, 1)
    await shop.report(program, 2)
    await shop.report(program, 3, "program.run.ended")
    response = await asyncio.wait_for(shop.client.get(f"/api/programs/{program}/progress"), PATIENCE)
    assert told(response) == ["progress", "progress", "ended"]


def told(response: httpx.Response) -> list[str]:
    lines = response.text.splitlines()
    return [line.rpartition(".")[2] for line in lines if line.startswith("event: ")]


async def test_progress_resumed_after_its_end_stops_a_browser_at_once(shop: Workshop) -> None:
    program = (await shop.program(await shop.project()))["id"]
    await shop.report(program, 1)
    await shop.report(program, 2, "program.run.ended")
    path = f"/api/programs/{program}/progress"
    response = await asyncio.wait_for(shop.client.get(path), PATIENCE)
    last = [line.removeprefix("id: ") for line in response.text.splitlines() if line.startswith("id: ")][-1]
    again = await asyncio.wait_for(shop.client.get(path, headers={"Last-Event-ID": last}), PATIENCE)
    assert (again.status_code, again.content) == (204, b"")
    await shop.report(program, 0, "program.run.queued")
    async with listening(shop, path, last=last) as stream:
        await shop.report(program, 2)
        assert (await event(stream))[1]["data"] == {"step": 2}


async def test_a_run_that_was_retried_is_told_to_its_last_end(shop: Workshop) -> None:
    program = (await shop.program(await shop.project()))["id"]
    for event in ("queued", "progress", "ended", "queued", "progress", "ended"):
        await shop.report(program, 1, f"program.run.{event}")
    response = await asyncio.wait_for(shop.client.get(f"/api/programs/{program}/progress"), PATIENCE)
    assert told(response) == ["progress", "ended", "progress", "ended"]


async def test_a_quiet_stream_is_kept_alive(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "HEARTBEAT_SECONDS", 0.01)
    async with listening(shop, "/api/programs/changes") as stream:
        assert await stream.chunk() == ": still here\n\n"


def waits_for_news(shop: Workshop) -> bool:
    return any(subscriber.news._waiters for subscriber in shop.feed._subscribers)


async def test_a_listener_that_falls_behind_is_told_so_and_loses_nothing(domain: DomainSpec) -> None:
    async with workshop(domain, capacity=1) as shop:
        project = await shop.project()
        async with listening(shop, "/api/programs/changes") as stream:
            # What comes before the listener is caught up with the log is read from there, however much it is.
            await until(lambda: waits_for_news(shop))
            inputs = [{"name": name, "project_id": project} for name in "ABC"]
            await shop.client.post("/api/programs/bulk", json=inputs)
            cursor, first = await event(stream)
            ending = await stream.chunk()
        assert first["data"]["name"] == "A"
        assert ending.startswith("event: problem\ndata: ")
        assert orjson.loads(ending.split("data: ")[1])["code"] == "subscriber_behind"
        async with listening(shop, "/api/programs/changes", last=cursor) as stream:
            assert [(await event(stream))[1]["data"]["name"] for _ in range(2)] == ["B", "C"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/programs/changes?after=x", 422, "bad_cursor"),
        ("/api/programs/changes?id=x", 422, "uuid_parsing"),
        ("/api/programs/changes?afer=1.1", 422, "unknown_parameter"),
        ("/api/programs/01900000-0000-7000-8000-00000000dead/progress", 404, "not_found"),
        ("/api/programs/x/progress", 422, "uuid_parsing"),
        ("/api/programs/changes?id=01900000-0000-7000-8000-00000000dead", 404, "not_found"),
        ("/api/programs/changes?after={epoch}.999999999999.5", 422, "bad_cursor"),
        ("/api/programs/changes?after=00000000.1.1", 410, "cursor_expired"),
    ],
)
async def test_a_stream_that_cannot_begin_is_a_problem(path: str, status: int, code: str, shop: Workshop) -> None:
    epoch = (await shop.feed.end()).partition(".")[0]
    response = await shop.client.get(path.format(epoch=epoch))
    assert (response.status_code, response.json()["code"]) == (status, code)
