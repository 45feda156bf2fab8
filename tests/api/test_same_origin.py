"""What the pages of other sites may not do here, and what programs and our own pages may."""

from __future__ import annotations

from collections.abc import Mapping

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import Message
from starlette.websockets import WebSocket

from api.same_origin import SameOrigin
from tests.installation.installation import Installation

HERE = "localhost:8000"
OTHERS = (
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://localhost:3000"},
    {"origin": "http://localhost:8000.evil.example"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site", "origin": f"http://{HERE}"},
)
OWN: tuple[dict[str, str], ...] = (
    {},
    {"origin": f"http://{HERE}"},
    {"sec-fetch-site": "same-origin", "origin": f"http://{HERE}"},
    {"sec-fetch-site": "none"},
)


async def answer(request: Request) -> Response:
    return PlainTextResponse("done")


async def greet(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("hello")
    await socket.close()


APP = SameOrigin(
    Starlette(routes=[Route("/", answer, methods=["GET", "POST", "DELETE"]), WebSocketRoute("/ws", greet)])
)


async def ask(method: str, headers: Mapping[str, str]) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(APP), base_url=f"http://{HERE}") as http:
        return await http.request(method, "/", headers=headers)


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize("headers", OTHERS)
async def test_another_site_cannot_act(method: str, headers: dict[str, str]) -> None:
    refused = await ask(method, headers)
    assert refused.status_code == 403
    assert "another_site" in refused.text


@pytest.mark.parametrize("headers", OWN)
async def test_programs_and_our_own_pages_act(headers: dict[str, str]) -> None:
    assert (await ask("POST", headers)).text == "done"


@pytest.mark.parametrize("headers", OTHERS)
async def test_a_link_from_another_site_can_be_followed(headers: dict[str, str]) -> None:
    assert (await ask("GET", headers)).text == "done"


async def open_socket(headers: Mapping[str, str]) -> list[str]:
    """What the server says to a browser that asks for a WebSocket."""
    said: list[str] = []
    pairs = [(name.encode(), value.encode()) for name, value in {"host": HERE, **headers}.items()]

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        said.append(message["type"])

    await APP({"type": "websocket", "path": "/ws", "headers": pairs, "query_string": b""}, receive, send)
    return said


@pytest.mark.parametrize("headers", OTHERS)
async def test_another_site_cannot_open_a_socket(headers: dict[str, str]) -> None:
    assert await open_socket(headers) == ["websocket.close"]


@pytest.mark.parametrize("headers", OWN)
async def test_programs_and_our_own_pages_open_sockets(headers: dict[str, str]) -> None:
    assert await open_socket(headers) == ["websocket.accept", "websocket.send", "websocket.close"]


@pytest.mark.parametrize("path", ["/graphql", "/api/projects"])
async def test_the_application_refuses_the_form_of_another_site(installation: Installation, path: str) -> None:
    refused = await installation.http.post(path, headers={"origin": "https://evil.example"})
    assert refused.status_code == 403
    assert "another_site" in refused.text
