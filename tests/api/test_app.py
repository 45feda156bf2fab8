"""The application as a whole: what it serves, and what it refuses before anything is looked at."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from api.app import create_app
from framework.settings import load_settings
from tests.installation.answer import Asked, Client
from tests.installation.installation import DOMAIN, MAX_BODY, Installation
from tests.installation.making import TEXT, a_program, unique

NOWHERE = "01900000-0000-7000-8000-00000000dead"


async def test_it_says_that_it_lives_and_can_serve(installation: Installation) -> None:
    assert (await installation.http.get("/healthz")).json() == {"status": "ok"}
    ready = await installation.http.get("/readyz")
    # Of the disk it tells where an installation has a data folder, as a checkout has in which one ran.
    said = {name: value for name, value in ready.json().items() if name not in ("disk", "feed_lag_seconds")}
    assert (ready.status_code, said) == (200, {"status": "ok", "database": True, "redis": True, "worker": False})


async def test_without_a_database_it_lives_and_cannot_serve(redis_url: str) -> None:
    settings = load_settings(database_url="postgresql://nobody@127.0.0.1:1/none", redis_url=redis_url)
    transport = httpx.ASGITransport(create_app(DOMAIN, settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        assert (await http.get("/healthz")).status_code == 200
        ready = await http.get("/readyz")
        assert (ready.status_code, ready.json()["database"]) == (503, False)
        problem = await http.get("/api/programs")
        assert (problem.status_code, problem.headers["content-type"]) == (503, "application/problem+json")
        assert problem.headers["retry-after"]
        answer = (await http.post("/graphql", json={"query": "{ programs { nodes { id } } }"})).json()
        assert answer["errors"][0]["extensions"]["code"] == problem.json()["code"]
        assert "127.0.0.1" not in problem.text + str(answer)


async def test_without_redis_it_can_serve(installation: Installation) -> None:
    settings = installation.settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})
    transport = httpx.ASGITransport(create_app(DOMAIN, settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        ready = await http.get("/readyz")
        assert (ready.status_code, ready.json()["redis"]) == (200, False)
        assert (await http.get("/api/programs")).status_code == 200


@pytest.mark.parametrize("host", ["dspex.example.com", "127.0.0.1.example.com", "192.168.0.1"])
async def test_a_request_by_another_name_is_refused(host: str, installation: Installation) -> None:
    """A web page elsewhere may have its own name point here."""
    for path in ("/healthz", "/api/programs", "/graphql"):
        assert (await installation.http.get(path, headers={"host": host})).status_code == 400


async def test_a_body_that_is_too_large_is_refused_unread(client: Client, installation: Installation) -> None:
    async with installation.unchanged():
        fault = (await client.act("Signature.create", name="big", text=TEXT, instructions="x" * MAX_BODY)).fault
    assert fault.code == "body_too_large"
    assert str(MAX_BODY) in fault.message


@pytest.mark.parametrize("path", ["/api/signatures", "/graphql"])
async def test_a_body_that_does_not_say_how_large_it_is_is_counted(path: str, installation: Installation) -> None:
    async def endless() -> Any:
        for _ in range(MAX_BODY // 1000 + 10):
            yield b"x" * 1000

    async with installation.unchanged():
        response = await installation.http.post(path, content=endless(), headers={"content-type": "application/json"})
    assert response.status_code == 413
    assert "body_too_large" in response.text


async def test_thirty_dear_gets_are_refused_before_any_of_them_costs_anything(installation: Installation) -> None:
    """They had all connections for as long as anyone watched, though their clients had left after a second."""
    dear = {"or": [{"target_id": {"ilike": f"%{number}%x"}} for number in range(90)]}
    asked = (installation.http.get("/api/events", params={"filter": json.dumps(dear)}) for _ in range(30))
    answers = await asyncio.gather(*asked)
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(400, "too_complex")}
    assert (await installation.http.get("/api/programs")).status_code == 200


BODIES = {
    "not JSON": (b"{", "application/json", (400, "malformed_json")),
    "no object": (b"3", "application/json", (422, "object_expected")),
    "another type": (b"name=x", "application/x-www-form-urlencoded", (415, "unsupported_media_type")),
}


@pytest.mark.parametrize(("content", "media_type", "told"), BODIES.values(), ids=BODIES.keys())
async def test_a_body_that_cannot_be_read(
    content: bytes, media_type: str, told: tuple[int, str], installation: Installation
) -> None:
    async with installation.unchanged():
        response = await installation.http.post("/api/programs", content=content, headers={"content-type": media_type})
    assert (response.status_code, response.json()["code"]) == told


async def test_a_graphql_body_that_cannot_be_read(installation: Installation) -> None:
    headers = {"content-type": "application/json"}
    async with installation.unchanged():
        responses = [await installation.http.post("/graphql", content=c, headers=headers) for c in (b"{", b"3", b"{}")]
    assert [response.status_code for response in responses] == [400, 400, 400]
    assert [response.json()["errors"][0]["extensions"]["code"] for response in responses] == [
        "malformed_json",
        "object_expected",
        "missing",
    ]


async def test_an_unknown_path_is_a_problem(installation: Installation) -> None:
    response = await installation.http.get("/api/nothing")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


async def test_a_wrong_method_is_a_problem(installation: Installation) -> None:
    response = await installation.http.delete("/api/programs")
    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
    assert response.headers["allow"]


CURSORS = ["", "x", "eyJ4IjoxfQ", "0.0", "a" * 5000]


@pytest.mark.parametrize("cursor", CURSORS)
async def test_a_bad_cursor_is_told(cursor: str, client: Client) -> None:
    assert (await client.list("Program", Asked(after=cursor))).fault.at == ("bad_cursor", "after")


async def test_a_cursor_is_bound_to_its_order(client: Client) -> None:
    for _ in range(2):
        await a_program(client)
    page = (await client.list("Program", Asked(sort=["name"], limit=1))).made
    answer = await client.list("Program", Asked(sort=["-created_at"], limit=1, after=page["next"]))
    assert answer.fault.at == ("bad_cursor", "after")


async def test_a_page_has_a_size(client: Client) -> None:
    reader = DOMAIN.resources["Program"].reader
    assert reader is not None
    for limit in (-1, reader.pagination.maximum + 1):
        assert (await client.list("Program", Asked(limit=limit))).fault.code == "bad_page_size"


FILTERS: dict[str, tuple[Any, tuple[str, str]]] = {
    "an unknown value": ({"colour": {"eq": "red"}}, ("unknown_field", "filter.colour")),
    "an unknown operator": ({"name": {"like_a": "x"}}, ("unknown_operator", "filter.name.like_a")),
    "another type": ({"live_number": {"eq": "three"}}, ("int_parsing", "filter.live_number.eq")),
}


@pytest.mark.parametrize(("given", "at"), FILTERS.values(), ids=FILTERS.keys())
async def test_a_bad_filter_is_told(given: Any, at: tuple[str, str], installation: Installation) -> None:
    assert (await installation.rest.list("Program", Asked(filter=given))).at == [at]
    assert {code for code, _ in (await installation.graphql.list("Program", Asked(filter=given))).at} == {"bad_query"}


@pytest.mark.parametrize("sort", ["colour", "-colour"])
async def test_a_bad_order_is_told(sort: str, installation: Installation) -> None:
    fault = (await installation.rest.list("Program", Asked(sort=[sort]))).fault
    assert (fault.code, fault.path[0]) == ("unknown_field", "sort")
    assert (await installation.graphql.list("Program", Asked(sort=[sort]))).fault.code == "bad_query"


@pytest.mark.parametrize("id", ["x", "0", NOWHERE[:-1]])
async def test_what_is_no_id_is_told(id: str, client: Client) -> None:  # noqa: A002 - what it is
    assert (await client.get("Program", id)).at == [("uuid_parsing", "id")]
    assert (await client.act("Program.promote", id, number=1)).at == [("uuid_parsing", "id")]
    assert (await client.list("Program", Asked(filter={"id": {"eq": id}}))).at == [("uuid_parsing", "filter.id.eq")]


async def test_an_unknown_input_is_told(installation: Installation) -> None:
    async with installation.unchanged():
        given = {"name": unique("m"), "definition": {"kind": "exact", "fields": ["a"]}, "colour": "red"}
        assert (await installation.rest.act("Metric.create", **given)).at == [("unknown_input", "colour")]
        assert (await installation.graphql.act("Metric.create", **given)).fault.code == "bad_query"


async def test_the_two_documents_are_served(installation: Installation) -> None:
    document = (await installation.http.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    assert {"/healthz", "/api/programs/{id}/execute", "/api/programs/route-ticket/execute"} <= set(document["paths"])
    page = await installation.http.get("/graphql", headers={"accept": "text/html"})
    assert "GraphiQL" in page.text


async def test_queries_do_not_come_in_addresses(installation: Installation) -> None:
    answer = await installation.http.get("/graphql", params={"query": "{ programs { nodes { id } } }"})
    assert answer.status_code >= 400


async def test_both_transports_list_alike(installation: Installation) -> None:
    for _ in range(3):
        await a_program(installation.rest)
    asked = Asked(filter={"name": {"eq": "Triage"}}, sort=["-created_at"], limit=3)
    pages = [
        (await client.list("Program", asked)).made["items"] for client in (installation.rest, installation.graphql)
    ]
    assert pages[0] == pages[1]
    assert len(pages[0]) == 3


async def test_it_looks_after_lost_jobs_while_it_serves(installation: Installation) -> None:
    """Its lifespan reaps, and the verbs of actions are loaded beside it."""
    tasks = {task.get_coro().__qualname__ for task in asyncio.all_tasks()}  # type: ignore[union-attr]
    assert "reap_for_ever" in tasks
