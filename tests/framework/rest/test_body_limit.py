"""No body is larger than it may be, whatever it says of itself."""

from __future__ import annotations

from collections.abc import AsyncIterator

from starlette.types import Message, Receive, Scope, Send

from framework.rest.body_limit import BodyLimit
from tests.framework.rest.conftest import Workshop

SAYS = "the body is larger than 20000 bytes"


async def test_a_body_that_declares_too_much_is_refused_unread(shop: Workshop) -> None:
    response = await shop.client.post("/api/projects", json={"slug": "x" * 20_000})
    assert (response.status_code, response.json()["detail"]) == (413, SAYS)
    assert response.headers["content-type"] == "application/problem+json"


async def test_a_body_that_declares_nothing_is_counted(shop: Workshop) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b'{"slug": "'
        while True:
            yield b"x" * 1000

    headers = {"Content-Type": "application/json"}
    response = await shop.client.post("/api/projects", content=endless(), headers=headers)
    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")


async def test_a_body_within_the_bound_passes_in_pieces(shop: Workshop) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for part in (b'{"sl', b'ug": ', b'"qa"}'):
            yield part

    headers = {"Content-Type": "application/json"}
    response = await shop.client.post("/api/projects", content=pieces(), headers=headers)
    assert (response.status_code, response.json()["slug"]) == (201, "qa")


async def test_what_is_no_request_passes() -> None:
    passed: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        passed.append(scope["type"])

    async def receive() -> Message:
        return {"type": "lifespan.startup"}

    async def send(message: Message) -> None:
        passed.append(message["type"])

    await BodyLimit(app, max_bytes=1, seconds=1)({"type": "lifespan"}, receive, send)
    assert passed == ["lifespan"]
