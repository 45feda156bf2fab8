"""Which answer a client prefers, by its `Accept` header."""

from __future__ import annotations

import pytest

from framework.graphql.serving.accept import GRAPHQL_JSON, JSON, Accept

URQL = (
    "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed"
)


@pytest.mark.parametrize(
    ("header", "json", "takes_events", "prefers_events"),
    [
        ("", JSON, False, False),
        ("*/*", JSON, False, False),
        ("application/json", JSON, False, False),
        ("application/*", JSON, False, False),
        ("application/graphql-response+json", GRAPHQL_JSON, False, False),
        ("application/graphql-response+json;q=0.5, application/json", JSON, False, False),
        ("application/json;q=0.9, application/graphql-response+json", GRAPHQL_JSON, False, False),
        ("APPLICATION/GraphQL-Response+JSON; charset=utf-8", GRAPHQL_JSON, False, False),
        (URQL, GRAPHQL_JSON, True, False),
        ("text/event-stream", JSON, True, True),
        ("text/event-stream, application/json;q=0.9", JSON, True, True),
        ("text/event-stream, */*;q=0.1", JSON, True, True),
        ("text/event-stream, */*", JSON, True, False),
        ("application/json, text/event-stream;q=0", JSON, False, False),
        ("application/json, text/event-stream; q = 0.0", JSON, False, False),
        ("application/json, text/event-stream;q=much", JSON, False, False),
        ("text/*", JSON, False, False),
        (", ,", JSON, False, False),
    ],
)
def test_a_header_says_what_is_preferred(header: str, json: str, *, takes_events: bool, prefers_events: bool) -> None:
    accept = Accept.of(header)
    assert (accept.json, accept.takes_events, accept.prefers_events) == (json, takes_events, prefers_events)
