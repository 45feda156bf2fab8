"""GraphQL as the application serves it: connections, and refusals that a client of GraphQL can read."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from api.app import create_app
from framework.processes.stopping import Stopping
from framework.testing.model_server import Fault, ModelServer
from framework.testing.until import until
from tests.api.socket import connected
from tests.installation.installation import DOMAIN, MAX_BODY, Installation
from tests.installation.making import TEXT, a_program, unique

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


FOLLOW = "subscription { programChanged { id } }"


async def test_subscriptions_have_a_bound_for_each_socket_and_for_the_process(installation: Installation) -> None:
    settings = installation.settings.model_copy(update={"socket_operations": 2, "max_subscriptions": 3})
    app = create_app(DOMAIN, settings)
    transport = httpx.ASGITransport(app)

    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as http,
        connected(app) as one,
        connected(app) as other,
    ):

        async def followed(number: int) -> bool:
            return f"dspex_subscribers {number}.0" in (await http.get("/metrics")).text

        for socket in (one, other):
            await socket.send({"type": "connection_init"})
            await socket.said()
        for number in (1, 2):
            await one.send(subscribe({"query": FOLLOW}, str(number)))
        await until(lambda: followed(2))
        await one.send(subscribe({"query": QUERY}, "3"))
        refused = await one.said()
        assert (refused["type"], refused["id"], code_of(refused)) == ("error", "3", "too_many_operations")
        await other.send(subscribe({"query": FOLLOW}, "1"))
        await until(lambda: followed(3))
        await other.send(subscribe({"query": FOLLOW}, "2"))
        assert code_of(await other.said()) == "too_many_subscriptions"
        stream = await http.get("/api/programs/changes")
        assert (stream.status_code, stream.json()["code"]) == (503, "too_many_subscriptions")
        assert stream.headers["retry-after"] == "5"
        # Whoever leaves makes room.
        await one.send({"type": "complete", "id": "1"})
        await until(lambda: followed(2))
        await one.send(subscribe({"query": QUERY}, "3"))
        assert (await one.said())["type"] == "next"


async def test_what_happens_while_a_connection_is_closed_is_no_mistake_of_anybody(
    installation: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    async with connected(installation.app) as closed, connected(installation.app) as open_one:
        for socket in (closed, open_one):
            await socket.send({"type": "connection_init"})
            await socket.said()
            await socket.send(subscribe({"query": FOLLOW}))
        await until(lambda: _followed(installation, 2))
        closed.closes.clear()
        await closed.send("null")
        await a_program(installation.rest, TEXT)
        assert (await open_one.said())["type"] == "next"
        closed.closes.set()
        assert (await closed.next())["code"] == 4400
    assert [record for record in caplog.records if record.name.startswith("strawberry")] == []


async def _followed(installation: Installation, number: int) -> bool:
    return f"dspex_subscribers {number}.0" in (await installation.http.get("/metrics")).text


def code_of(message: Any) -> str:
    """What is wrong with an operation."""
    payload = message["payload"]
    (error,) = payload if message["type"] == "error" else payload["errors"]
    return str(error["extensions"]["code"])


EXECUTE = """
mutation ($id: ID!, $inputs: JSON!) {
  executeProgram(id: $id, input: {inputs: $inputs}) { errors { code params } }
}
"""


async def test_a_server_that_ends_answers_what_was_asked_over_a_socket_before_it_closes_it(
    installation: Installation, model_server: ModelServer
) -> None:
    model_server.fail(Fault.HANG)
    given = {"provider": "openai_compatible", "model": "m", "api_base": model_server.url, "timeout_seconds": 600.0}
    model = (await installation.rest.act("LanguageModel.create", name=unique("model"), **given)).made
    program = await a_program(installation.rest, TEXT, model_id=model["id"])
    app = create_app(DOMAIN, installation.settings)
    stopping: Stopping = app.state.stopping
    async with app.router.lifespan_context(app), connected(app) as idle, connected(app) as busy:
        for socket in (idle, busy):
            await socket.send({"type": "connection_init"})
            await socket.said()
        asked = {"query": EXECUTE, "variables": {"id": program["id"], "inputs": {"ticket": "hi"}}}
        await idle.send(subscribe({"query": FOLLOW}))
        await busy.send(subscribe(asked))
        await asyncio.to_thread(model_server.arrived.wait)
        stopping.announce()
        # Nobody waits for an answer here, so it is closed at once.
        closed = await idle.next()
        assert (closed["type"], closed["code"]) == ("websocket.close", 1012)
        await busy.send(subscribe({"query": QUERY}, "2"))
        assert code_of(await busy.said()) == "interrupted"
        stopping.begin()
        (error,) = (await busy.said())["payload"]["data"]["executeProgram"]["errors"]
        assert error["code"] == "interrupted"
        (row,) = await installation.rows("Execution", program_id=program["id"])
        assert (error["params"]["execution_id"], row["error"]["code"]) == (str(row["id"]), "interrupted")
        assert (await busy.said())["type"] == "complete"
        assert (await busy.next())["code"] == 1012
