"""HEAD is GET without a body, everywhere; and what a path allows is what it says."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from api.app import create_app
from api.head_requests import HeadRequests
from framework.testing.until import PATIENCE
from tests.api.test_app import NOWHERE
from tests.api.test_pages import BROWSER
from tests.installation.installation import DOMAIN, Installation

PAGES = ("/", "/api", "/docs", "/graphql", "/healthz", "/readyz", "/openapi.json", "/static/graphiql.js", "/nowhere")
STREAMS = ("/changes", "/progress")
# Measured anew for each who asks, so that no two answers are of one length.
MEASURED = ("/metrics",)


def routes(installation: Installation) -> dict[str, set[str]]:
    """Every route that is described, filled in, and the methods it has."""
    paths = installation.app.openapi()["paths"]
    return {re.sub(r"{\w+}", NOWHERE, path): {method.upper() for method in paths[path]} for path in paths}


async def agree(installation: Installation, path: str, **headers: str) -> None:
    """HEAD says what GET says, and has no body."""
    get, head = [await installation.http.request(method, path, headers=headers) for method in ("GET", "HEAD")]
    assert (head.status_code, head.content) == (get.status_code, b""), path
    told = [{name: value for name, value in answer.headers.items() if name != "date"} for answer in (get, head)]
    assert told[0] == told[1], path


@pytest.mark.parametrize("path", PAGES)
async def test_head_is_get_without_a_body(path: str, installation: Installation) -> None:
    await agree(installation, path, **BROWSER)
    await agree(installation, path, accept="application/json")


async def test_every_route_that_gets_answers_head(installation: Installation) -> None:
    getting = [
        path
        for path, methods in routes(installation).items()
        if "GET" in methods and not path.endswith((*STREAMS, *MEASURED))
    ]
    assert len(getting) > 20
    for path in getting:
        await agree(installation, path)


async def test_a_record_tells_its_tag_without_its_body(installation: Installation) -> None:
    made = await installation.http.post("/api/projects", json={"slug": "heads", "name": "Heads"})
    head = await installation.http.head(made.headers["location"])
    assert (head.status_code, head.headers["etag"], head.content) == (200, made.headers["etag"], b"")


async def test_a_stream_has_a_head_and_ends_with_it(installation: Installation) -> None:
    head = await asyncio.wait_for(installation.http.head("/api/projects/changes"), PATIENCE)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"].startswith("text/event-stream")


async def test_every_route_says_what_it_allows(installation: Installation) -> None:
    described = routes(installation)
    assert len(described) > 40
    for path, methods in described.items():
        wrong = await installation.http.put(path)
        expected = sorted(methods | ({"HEAD"} if "GET" in methods else set()))
        assert (wrong.status_code, wrong.headers["allow"]) == (405, ", ".join(expected)), path


async def test_a_page_says_what_it_allows(installation: Installation) -> None:
    for path, allowed in {"/": "GET, HEAD", "/docs": "GET, HEAD", "/graphql": "GET, HEAD, POST"}.items():
        assert (await installation.http.put(path)).headers["allow"] == allowed
    settings = installation.settings.model_copy(update={"graphiql": False})
    transport = httpx.ASGITransport(create_app(DOMAIN, settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        assert (await http.put("/graphql")).headers["allow"] == "POST"


async def test_what_serves_a_stream_is_stopped_and_may_clean_up() -> None:
    ended: list[str] = []

    async def for_ever() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"more"
                await asyncio.sleep(0)
        finally:
            ended.append("cleaned up")

    async def stream(request: Request) -> Response:
        return StreamingResponse(for_ever())

    async def late(request: Request) -> Response:
        raise TimeoutError("of its own")

    async def text(request: Request) -> Response:
        return PlainTextResponse("text")

    app = HeadRequests(Starlette(routes=[Route("/stream", stream), Route("/late", late), Route("/text", text)]))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as http:
        assert (await asyncio.wait_for(http.head("/stream"), PATIENCE)).content == b""
        assert ended == ["cleaned up"]
        assert (await http.head("/text")).headers["content-length"] == "4"
        with pytest.raises(TimeoutError, match="of its own"):
            await http.head("/late")
