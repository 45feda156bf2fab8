"""What is too much is refused before it costs anything."""

from __future__ import annotations

import pytest
from graphql import get_introspection_query

from framework.graphql.limits import Limits
from tests.framework.graphql.conftest import Api, Serve
from tests.framework.graphql.library import LIBRARY


@pytest.fixture
def api(serve: Serve) -> Api:
    return serve(*LIBRARY)


def deep(levels: int) -> str:
    return "{ books { nodes { " + "author { books(first: 1) { " * levels + "title" + " } }" * levels + " } } }"


async def test_depth_is_limited(api: Api) -> None:
    await api.ask(deep(4))
    said = await api.refused(deep(5))
    assert said["message"] == "the depth of this operation is 13, at most 12 is allowed"
    assert said["code"] == "too_complex"
    assert said["params"] == {"limit": "depth", "found": 13, "maximum": 12}
    assert api.layer.statements == []


async def test_fragments_count_where_they_are_spread(api: Api) -> None:
    document = (
        "{ books { nodes { ...A } } } fragment A on Book { author { ...B } } fragment B on Author { books { "
        + ("author { books { " * 4 + "title" + " } }" * 4)
        + " } }"
    )
    result = await api.answer(document)
    assert [error.extensions["params"]["limit"] for error in result.errors] == ["depth", "cost"]


async def test_a_fragment_that_spreads_itself_is_refused_by_validation(api: Api) -> None:
    said = await api.refused("{ books { nodes { ...A } } } fragment A on Book { author { books { ...A } } }")
    assert said["code"] == "bad_query"
    assert "Cannot spread fragment 'A' within itself" in said["message"]


async def test_aliases_are_limited(api: Api) -> None:
    await api.ask("{ " + " ".join(f"a{i}: books {{ totalCount }}" for i in range(30)) + " }")
    said = await api.refused("{ " + " ".join(f"a{i}: books {{ totalCount }}" for i in range(31)) + " }")
    assert said["params"] == {"limit": "aliases", "found": 31, "maximum": 30}


async def test_the_cost_counts_values_by_the_sizes_asked_for(api: Api) -> None:
    document = "query($n: Int) { books(first: 500) { nodes { notes(first: $n) { text } } } }"
    await api.ask(document, n=100)
    said = await api.refused(document, n=500)
    assert said["params"] == {"limit": "cost", "found": 250_000 + 500 * 1 + 500 + 1, "maximum": 200_000}
    assert api.layer.statements == []


async def test_a_list_costs_its_default_size_when_none_is_said(serve: Serve) -> None:
    api = serve(*LIBRARY, limits=Limits(cost=200))
    await api.ask("{ books { nodes { title } } }")
    said = await api.refused("{ books { nodes { title subtitle copies } } }")
    assert said["params"]["found"] == 1 + 50 * 4


async def test_doubling_fragments_are_weighed_without_being_opened(api: Api) -> None:
    spread = " ".join(f"fragment F{i} on Author {{ ...F{i + 1} ... {{ ...F{i + 1} }} }}" for i in range(60))
    document = "{ authors { nodes { ...F0 } } } " + spread + " fragment F60 on Author { name }"
    said = await api.refused(document)
    assert said["params"]["limit"] == "cost"


async def test_tokens_are_limited(api: Api) -> None:
    said = await api.refused("{ " + "a " * 5000 + "}")
    assert said["message"] == "Syntax Error: Document contains more than 4000 tokens. Parsing aborted."
    assert said["code"] == "bad_query"


async def test_introspection_is_within_the_limits(api: Api) -> None:
    data = await api.ask(get_introspection_query())
    assert data["__schema"]["queryType"]["name"] == "Query"


async def test_introspection_can_be_switched_off(serve: Serve) -> None:
    api = serve(*LIBRARY, limits=Limits(introspection=False))
    result = await api.answer("{ __schema { queryType { name } } }")
    assert result.data is None
    assert {error.extensions["code"] for error in result.errors} == {"bad_query"}
    assert (await api.ask("{ __typename }")) == {"__typename": "Query"}
