"""Requests over HTTP: which are carried out, and how every other one is refused."""

from __future__ import annotations

import asyncio
import gzip
from typing import Any

import pytest

from framework.graphql.serving.event_stream import COMPLETE
from framework.processes.stopping import Stopping
from framework.testing.until import PATIENCE, until
from tests.framework.graphql.library import Author
from tests.framework.graphql.serving.conftest import Served
from tests.framework.graphql.serving.test_accept import URQL

GRAPHQL_JSON = "application/graphql-response+json"
QUERY = "{ authors { totalCount } }"
DEEP = b'{"query": "{ __typename }", "variables": {"x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}"


@pytest.mark.parametrize("accept", [URQL, "*/*", "application/json, text/event-stream;q=0", GRAPHQL_JSON])
async def test_a_query_is_answered_as_json_unless_events_are_preferred(served: Served, accept: str) -> None:
    response = await served.ask(accept, QUERY)
    assert response.status_code == 200
    assert response.headers["content-type"] == (GRAPHQL_JSON if GRAPHQL_JSON in accept else "application/json")
    assert response.json() == {"data": {"authors": {"totalCount": 0}}}


async def test_a_query_is_an_event_where_events_are_preferred(served: Served) -> None:
    response = await served.ask("text/event-stream, application/json;q=0.5", QUERY)
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.content == (
        b'event: next\ndata: {"data":{"authors":{"totalCount":0}}}\n\nevent: complete\ndata:\n\n'
    )


async def test_a_subscription_is_refused_where_no_events_are_taken(served: Served) -> None:
    response = await served.ask("application/json", "subscription { authorChanged { action } }")
    (error,) = response.json()["errors"]
    assert error["message"] == "a subscription is followed over graphql-transport-ws or Server-Sent Events"


async def test_a_mistake_of_a_subscription_is_its_only_event(served: Served) -> None:
    response = await served.ask(URQL, "subscription { nothing }")
    assert response.content.startswith(b'event: next\ndata: {"errors":[{')
    assert response.content.endswith(b"event: complete\ndata:\n\n")


BODIES = {
    "no utf-8": (b'{"query":"{ __typename } #\xff"}', {}, 400, "malformed_json"),
    "compressed": (gzip.compress(b'{"query":"{ __typename }"}'), {"content-encoding": "gzip"}, 415, None),
    "no json": (b"{", {}, 400, "malformed_json"),
    "empty": (b"", {}, 400, "malformed_json"),
    "too deep": (DEEP, {}, 400, "malformed_json"),
    "deeper than kept": (DEEP.replace(b"[" * 99_800, b"").replace(b"]" * 99_800, b""), {}, 400, "malformed_json"),
    "a long number": (b'{"query": "{ __typename }", "variables": {"x": ' + b"9" * 5000 + b"}}", {}, 400, None),
    "not a number": (b'{"query": "{ __typename }", "variables": {"x": NaN}}', {}, 400, "malformed_json"),
    "half a character": (b'{"query": "{ __typename }", "variables": {"\\ud800": 1}}', {}, 400, "malformed_json"),
    "a list": (b'[{"query": "{ __typename }"}]', {}, 400, "object_expected"),
    "a number": (b"3", {}, 400, "object_expected"),
    "no query": (b"{}", {}, 400, "missing"),
    "a query of null": (b'{"query": null}', {}, 400, "missing"),
    "a long document": (b'{"query": "{ __typename } #' + b"x" * 200_000 + b'"}', {}, 400, "too_long"),
    "a query of nothing": (b'{"query": "  "}', {}, 400, "missing"),
    "a query that is a number": (b'{"query": 5}', {}, 400, "missing"),
    "variables in a list": (b'{"query": "{ __typename }", "variables": []}', {}, 400, "object_expected"),
    "extensions in a text": (b'{"query": "{ __typename }", "extensions": "x"}', {}, 400, "object_expected"),
    "a name that is a number": (b'{"query": "{ __typename }", "operationName": 5}', {}, 400, "string_type"),
    "a form": (b"query=x", {"content-type": "application/x-www-form-urlencoded"}, 415, "unsupported_media_type"),
    "no content type": (b"{}", {"content-type": ""}, 415, "unsupported_media_type"),
    "another charset": (b"{}", {"content-type": "application/json; charset=latin-1"}, 415, "unsupported_media_type"),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
async def test_a_body_that_is_no_request_is_refused_with_errors(
    served: Served, body: tuple[bytes, dict[str, str], int, str | None]
) -> None:
    content, headers, status, code = body
    response = await served.post(content, headers)
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    (error,) = response.json()["errors"]
    assert code in (None, error["extensions"]["code"])
    assert error["extensions"]["code"] != "internal"


@pytest.mark.parametrize(
    "said", ["application/JSON", "Application/Json; charset=UTF-8", 'application/json;charset="utf-8"']
)
async def test_a_media_type_is_written_in_any_case(served: Served, said: str) -> None:
    response = await served.post(b'{"query": "{ __typename }"}', {"content-type": said})
    assert response.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(
    ("query", "more"),
    [
        ("{ nothing }", {}),
        ("{ authors {", {}),
        ("query A { __typename } query B { __typename }", {}),
        ("query A { __typename }", {"operationName": "Z"}),
        ("fragment F on Query { __typename }", {}),
        ("query($id: ID!) { author(id: $id) { name } }", {"variables": {"id": ["x"]}}),
    ],
)
async def test_an_operation_that_cannot_be_carried_out_has_no_data(
    served: Served, query: str, more: dict[str, Any]
) -> None:
    told = []
    for accept in ("application/json", GRAPHQL_JSON):
        response = await served.ask(accept, query, **more)
        told.append(response.status_code)
        assert set(response.json()) == {"errors"}
        assert {error["extensions"]["code"] for error in response.json()["errors"]} == {"bad_query"}
    assert told == [200, 400]


async def test_what_was_carried_out_is_answered_with_200(served: Served) -> None:
    query = 'mutation { enterAuthor(input: {name: "Ann"}) { errors { code } } }'
    response = await served.ask(GRAPHQL_JSON, query)
    assert (response.status_code, response.json()) == (200, {"data": {"enterAuthor": {"errors": []}}})
    assert [author["name"] for author in await served.api.session.read(Author.browse)] == ["Ann"]


async def test_a_subscription_over_events_ends_with_the_process_and_what_is_answered_once_is_answered(
    served: Served,
) -> None:
    subscription = "subscription { bookChanged { action } }"
    following = asyncio.ensure_future(served.ask("text/event-stream", subscription))
    await until(lambda: served.api.feed.listeners == 1)
    served.api.session.services[Stopping].announce()
    ended = await asyncio.wait_for(following, PATIENCE)
    assert (ended.status_code, ended.content) == (200, b"")
    asked = await served.ask("text/event-stream", QUERY)
    assert asked.content.endswith(COMPLETE)
