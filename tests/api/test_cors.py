"""Pages of the origins that the settings name use both APIs; pages of all others cannot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from framework.testing.until import PATIENCE
from tests.api.socket import connected
from tests.installation.installation import DOMAIN, MAX_BODY, Installation

ORIGIN = "https://app.example.com"
EVIL = "https://evil.example"
PAGE = {"origin": ORIGIN, "sec-fetch-site": "cross-site"}
EXPOSED = {"Allow", "ETag", "Link", "Location", "RateLimit", "RateLimit-Policy", "Retry-After"}
ASKED = {"query": "{ __typename }"}


@pytest.fixture(scope="module")
async def app(installation: Installation) -> FastAPI:
    settings = installation.settings.model_copy(update={"cors_origins": f"http://localhost:5173, {ORIGIN}"})
    return create_app(DOMAIN, settings)


@pytest.fixture(scope="module")
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as http,
    ):
        yield http


def granted(answer: httpx.Response, origin: str = ORIGIN) -> bool:
    """Whether a browser lets a page of this origin read the answer."""
    return answer.headers.get("access-control-allow-origin") == origin and "Origin" in answer.headers["vary"]


@pytest.mark.parametrize(
    ("path", "method", "headers"),
    [
        ("/graphql", "POST", "content-type"),
        ("/api/projects", "POST", "content-type,traceparent"),
        ("/api/projects/x", "PATCH", "content-type,if-match"),
        ("/api/projects/x", "DELETE", "if-match"),
        ("/api/projects/changes", "GET", "last-event-id"),
    ],
)
async def test_a_browser_that_asks_first_is_told_yes(
    http: httpx.AsyncClient, path: str, method: str, headers: str
) -> None:
    asked = {"access-control-request-method": method, "access-control-request-headers": headers}
    answer = await http.options(path, headers={**PAGE, **asked, "access-control-request-private-network": "true"})
    assert answer.status_code == 200
    assert granted(answer)
    assert method in answer.headers["access-control-allow-methods"].split(", ")
    assert answer.headers["access-control-allow-headers"] == headers
    assert answer.headers["access-control-allow-private-network"] == "true"
    assert "access-control-allow-credentials" not in answer.headers
    refused = await http.options(path, headers={**PAGE, **asked, "origin": EVIL})
    assert (refused.status_code, "access-control-allow-origin" in refused.headers) == (400, False)


async def test_a_page_of_an_allowed_origin_writes_and_reads(http: httpx.AsyncClient) -> None:
    made = await http.post("/api/projects", json={"slug": "cors", "name": "Cors"}, headers=PAGE)
    assert (made.status_code, granted(made)) == (201, True)
    assert set(made.headers["access-control-expose-headers"].split(", ")) == EXPOSED
    assert made.headers["etag"]
    found = await http.get(made.headers["location"], headers=PAGE)
    assert (found.status_code, granted(found)) == (200, True)
    answer = await http.post("/graphql", json=ASKED, headers=PAGE)
    assert (answer.json(), granted(answer)) == ({"data": {"__typename": "Query"}}, True)


@pytest.mark.parametrize("path", ["/graphql", "/api/projects"])
async def test_it_reads_why_it_was_refused(http: httpx.AsyncClient, path: str) -> None:
    for refused in (
        await http.post(path, content=b"x" * (MAX_BODY + 1), headers={**PAGE, "content-type": "application/json"}),
        await http.post(path, content=b"{", headers={**PAGE, "content-type": "application/json"}),
        await http.put(path, headers=PAGE),
    ):
        assert refused.status_code in (400, 405, 413, 422)
        assert granted(refused)


@pytest.mark.parametrize("path", ["/graphql", "/api/projects"])
async def test_a_page_of_another_origin_cannot_act_and_cannot_read(http: httpx.AsyncClient, path: str) -> None:
    refused = await http.post(path, json=ASKED, headers={**PAGE, "origin": EVIL})
    assert refused.status_code == 403
    assert "another_site" in refused.text
    for answer in (refused, await http.get(path, headers={**PAGE, "origin": EVIL})):
        assert "access-control-allow-origin" not in answer.headers
        assert "Origin" in answer.headers["vary"]


async def test_an_allowed_origin_does_not_open_other_names_of_this_machine(http: httpx.AsyncClient) -> None:
    asked = {**PAGE, "host": "rebound.example", "access-control-request-method": "POST"}
    for answer in (await http.options("/graphql", headers=asked), await http.get("/api/projects", headers=asked)):
        assert (answer.status_code, "access-control-allow-origin" in answer.headers) == (400, False)


async def test_streams_are_for_allowed_origins(app: FastAPI, http: httpx.AsyncClient) -> None:
    head = await asyncio.wait_for(http.head("/api/projects/changes", headers=PAGE), PATIENCE)
    assert (head.status_code, granted(head)) == (200, True)
    events = {**PAGE, "accept": "text/event-stream"}
    sent = await asyncio.wait_for(http.post("/graphql", json=ASKED, headers=events), PATIENCE)
    assert (sent.headers["content-type"].split(";")[0], granted(sent)) == ("text/event-stream", True)
    async with connected(app, origin=ORIGIN) as socket:
        await socket.send({"type": "connection_init"})
        assert (await socket.said())["type"] == "connection_ack"


async def test_a_page_of_another_origin_cannot_open_a_socket(app: FastAPI) -> None:
    with pytest.raises(AssertionError):
        async with connected(app, origin=EVIL):
            raise RuntimeError("it was opened")


async def test_unless_it_is_set_no_page_elsewhere_is_let_in(installation: Installation) -> None:
    asked = {**PAGE, "access-control-request-method": "POST"}
    assert (await installation.http.options("/graphql", headers=asked)).status_code == 405
    assert (await installation.http.post("/graphql", json=ASKED, headers=PAGE)).status_code == 403
    assert "access-control-allow-origin" not in (await installation.http.get("/api/projects", headers=PAGE)).headers
