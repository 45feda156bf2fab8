"""GraphQL as the application serves it: connections, and refusals that a client of GraphQL can read."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.socket import connected
from tests.installation.installation import MAX_BODY, Installation

QUERY = "{ projects { totalCount } }"


def subscribe(payload: Any, id: Any = "1") -> dict[str, Any]:  # noqa: A002 - the protocol's name
    return {"type": "subscribe", "id": id, "payload": payload}


WRONG: dict[str, Any] = {
    "null": "null",
    "a list": "[]",
    "no json": "{",
    "deep json": "[" * 100_000 + "]" * 100_000,
    "no type": {},
    "a type that is a number": {"type": 5},
    "an unknown type": {"type": "hello"},
    "a ping with a number": {"type": "ping", "payload": 5},
    "no id": {"type": "subscribe", "payload": {"query": QUERY}},
    "an id that is a number": subscribe({"query": QUERY}, 1),
    "no payload": subscribe(None),
    "a payload that is a list": subscribe([]),
    "no query": subscribe({}),
    "a query that is a number": subscribe({"query": 5}),
    "variables in a list": subscribe({"query": QUERY, "variables": []}),
    "variables in a text": subscribe({"query": QUERY, "variables": "x"}),
    "a name that is a number": subscribe({"query": QUERY, "operationName": 5}),
    "a completion without an id": {"type": "complete"},
}


@pytest.mark.parametrize("message", WRONG.values(), ids=WRONG.keys())
async def test_a_message_that_is_none_of_the_protocol_closes_the_connection_with_4400(
    installation: Installation, message: Any
) -> None:
    async with connected(installation.app) as socket:
        await socket.send({"type": "connection_init"})
        assert await socket.said() == {"type": "connection_ack"}
        await socket.send(message)
        closing = await socket.next()
    assert (closing["type"], closing["code"]) == ("websocket.close", 4400)
    assert closing["reason"]


@pytest.mark.parametrize("init", [{"type": "connection_init", "payload": None}, {"type": "connection_init"}])
async def test_a_connection_is_opened_with_a_payload_of_null_or_none(installation: Installation, init: Any) -> None:
    async with connected(installation.app) as socket:
        await socket.send(init)
        assert await socket.said() == {"type": "connection_ack"}
        await socket.send({"type": "ping", "payload": None})
        assert await socket.said() == {"type": "pong"}
        await socket.send(subscribe({"query": QUERY, "variables": None, "operationName": None}))
        answer = await socket.said()
        assert (answer["type"], set(answer["payload"])) == ("next", {"data"})
        assert await socket.said() == {"type": "complete", "id": "1"}


async def test_an_operation_that_is_not_in_the_document_is_an_error_of_that_operation(
    installation: Installation,
) -> None:
    async with connected(installation.app) as socket:
        await socket.send({"type": "connection_init"})
        await socket.said()
        await socket.send(subscribe({"query": QUERY, "operationName": "Z"}))
        answer = await socket.said()
        assert (answer["type"], answer["id"]) == ("error", "1")
        assert answer["payload"][0]["extensions"]["code"] == "bad_query"


async def test_whatever_refuses_a_request_to_graphql_says_errors(installation: Installation) -> None:
    large = await installation.http.post("/graphql", content=b"x" * (MAX_BODY + 1))
    foreign = await installation.http.post(
        "/graphql", json={"query": QUERY}, headers={"origin": "https://elsewhere.example"}
    )
    wrong = await installation.http.put("/graphql", json={"query": QUERY})
    asked = await installation.http.get("/graphql", params={"query": QUERY}, headers={"accept": "text/event-stream"})
    for response, status, code in (
        (large, 413, "body_too_large"),
        (foreign, 403, "another_site"),
        (wrong, 405, "method_not_allowed"),
        (asked, 405, "method_not_allowed"),
    ):
        assert response.status_code == status
        assert response.headers["content-type"] == "application/json"
        (error,) = response.json()["errors"]
        assert error["extensions"]["code"] == code
    assert (wrong.headers["allow"], asked.headers["allow"]) == ("GET, HEAD, POST", "POST")
