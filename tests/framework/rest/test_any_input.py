"""Whatever is sent, in whatever place, is served or refused by name: it never is a failure of ours."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from framework.compiler.domain import Domain, compile_domain
from framework.declare.resource import Resource
from framework.events.extension import EVENTS
from framework.rest.extension import REST
from framework.types.json_text import write_json
from framework.wire.operators import operators_of
from tests.framework.odd_values import NAMES, Thing, scalars, values
from tests.framework.rest.conftest import Workshop, workshop

RECORDS: list[type[Resource]] = [Thing]
DOMAIN = compile_domain(Domain("things", RECORDS, [EVENTS, REST]))
VALUES = DOMAIN.resources["Thing"].public_values
JSON = {"Content-Type": "application/json"}
PARAMETERS = (
    "sort",
    "limit",
    "after",
    "before",
    "count",
    "fields",
    "include",
    "filter",
    "wanted",
    "since",
    "levels",
    "about",
)
often = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


class Api:
    """The served domain, from a test that is not asynchronous, as Hypothesis wants it."""

    def __init__(self, runner: asyncio.Runner, shop: Workshop) -> None:
        self._runner, self._shop = runner, shop

    def ask(self, method: str, path: str, content: bytes | None = None) -> httpx.Response:
        """The response, which is no failure of ours."""
        headers = JSON if content is not None else {}
        asked = self._shop.client.request(method, path, content=content, headers=headers)
        response = self._runner.run(asked)
        says = (method, path[:300], (content or b"")[:300], response.text[:300])
        assert response.status_code < 500, says
        if response.status_code >= 400:
            assert response.headers["content-type"] == "application/problem+json", says
            assert response.json()["code"] not in ("internal", "failure"), says
        return response

    def lists(self) -> None:
        """Whatever was stored can be given out, and so can what was told of it."""
        for path in ("/api/things?limit=500&sort=-number", "/api/events?limit=1000&sort=-seq"):
            assert self.ask("GET", path).status_code == 200


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    with asyncio.Runner() as runner:
        opened = workshop(DOMAIN)
        shop = runner.run(opened.__aenter__())
        yield Api(runner, shop)
        runner.run(opened.__aexit__(None, None, None))


@often
@given(given=st.dictionaries(st.sampled_from(NAMES), values, max_size=4), together=st.booleans())
def test_every_body_is_taken_or_refused_by_name(api: Api, given: dict[str, Any], together: bool) -> None:  # noqa: FBT001 - drawn
    if together:
        api.ask("POST", "/api/things/bulk", write_json([given, {}]))
    else:
        made = api.ask("POST", "/api/things", write_json(given))
        if made.status_code == 201:
            path = f"/api/things/{made.json()['number']}"
            again = api.ask("GET", path)
            assert again.json() == made.json()
            assert api.ask("PATCH", path, write_json(given)).status_code == 200
            assert api.ask("DELETE", path, b"{}").status_code == 204
    api.lists()


@often
@given(name=st.sampled_from(NAMES), operator=st.data(), operand=st.one_of(scalars, st.lists(scalars, max_size=2)))
def test_every_operand_of_a_filter_is_taken_or_refused_by_name(
    api: Api, name: str, operator: st.DataObject, operand: Any
) -> None:
    chosen = operator.draw(st.sampled_from(operators_of(VALUES[name].type)))
    tree = write_json({name: {chosen: operand}}).decode()
    api.ask("GET", f"/api/things?filter={quote(tree)}")
    text = operand if isinstance(operand, str) else write_json(operand).decode()
    api.ask("GET", f"/api/things?filter[{name}][{chosen}]={quote(text)}")
    api.ask("GET", f"/api/things?filter[{name}]={quote(write_json({chosen: operand}))}")


@often
@given(name=st.sampled_from(PARAMETERS), value=st.one_of(scalars, values))
def test_every_parameter_is_taken_or_refused_by_name(api: Api, name: str, value: Any) -> None:
    text = value if isinstance(value, str) else write_json(value).decode()
    api.ask("GET", f"/api/things/asked?{name}={quote(text)}")


@often
@given(value=scalars)
def test_every_key_and_cursor_is_taken_or_refused_by_name(api: Api, value: Any) -> None:
    text = quote(value if isinstance(value, str) else write_json(value), safe="")
    for method in ("GET", "PATCH", "DELETE"):
        api.ask(method, f"/api/things/{text or '0'}", None if method == "GET" else b"{}")
    # With an `x` it is neither a cursor nor a key, for which there would be a stream without an end.
    for name in ("after", "id"):
        assert api.ask("GET", f"/api/things/changes?{name}={text}x").status_code == 422


@often
@given(content=st.one_of(st.binary(max_size=40), st.text(max_size=40).map(str.encode)))
def test_bytes_that_are_no_json_are_refused(api: Api, content: bytes) -> None:
    api.ask("POST", "/api/things", content)
