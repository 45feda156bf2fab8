"""What is too much is refused before it costs anything."""

from __future__ import annotations

import pytest
from graphql import get_introspection_query

from framework.graphql.limits import QueryLimits
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
    api = serve(*LIBRARY, limits=QueryLimits(cost=200))
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


async def test_filters_and_sorts_have_a_cost_however_they_are_said(api: Api) -> None:
    """One of ninety `ilike`s held a connection for as long as anybody watched."""
    dear = [{"title": {"ilike": "%x%"}}] * 90
    said = await api.refused("query($f: BookFilter) { books(filter: $f) { nodes { title } } }", f={"or": dear})
    assert said["message"] == "the filter cost of this operation is 1081, at most 300 is allowed"
    assert said["params"] == {"limit": "filter cost", "found": 1081, "maximum": 300}
    literal = "{or: [" + '{title: {ilike: "%x%"}} ' * 90 + "]}"
    assert (await api.refused(f"{{ books(filter: {literal}) {{ nodes {{ title }} }} }}"))["params"] == said["params"]
    default = f"query($f: BookFilter = {literal}) {{ books(filter: $f) {{ nodes {{ title }} }} }}"
    assert (await api.refused(default))["params"] == said["params"]
    assert api.layer.statements == []


async def test_the_filters_of_a_document_count_together(api: Api) -> None:
    sort = "[{title: ASC}, {author: {name: DESC}}]"
    few = f'(filter: {{or: [{{title: {{ilike: "%x%"}}}} {{title: {{ilike: "%y%"}}}}]}}, sort: {sort})'
    each = 25 + 5 * 3
    await api.ask("{ " + " ".join(f"a{i}: books{few} {{ totalCount }}" for i in range(7)) + " }")
    said = await api.refused("{ " + " ".join(f"a{i}: books{few} {{ totalCount }}" for i in range(8)) + " }")
    assert said["params"] == {"limit": "filter cost", "found": 8 * each, "maximum": 300}


async def test_the_default_of_a_variable_counts_like_a_value_given(api: Api) -> None:
    said = await api.refused("query($n: Int = 500) { books(first: $n) { nodes { notes(first: $n) { text } } } }")
    assert said["params"]["limit"] == "cost"
    assert said["params"]["found"] == 250_000 + 500 + 500 + 1


@pytest.mark.parametrize(("first", "code"), [("9" * 5000, "too_complex"), ("5.0", "bad_query"), ("1e9", "bad_query")])
async def test_a_number_that_is_no_int_is_refused_like_any_other(api: Api, first: str, code: str) -> None:
    said = await api.refused(f"{{ books(first: {first}) {{ totalCount }} }}")
    assert said["code"] == code
    assert "9999" not in said["message"]


async def test_a_whole_number_written_with_a_point_counts_as_what_it_is(api: Api) -> None:
    document = "query($n: Int) { books(first: $n) { nodes { notes(first: $n) { text } } } }"
    said = await api.refused(document, n=500.0)
    assert said["params"]["found"] == 250_000 + 500 + 500 + 1


async def test_records_made_together_are_counted_by_their_number(serve: Serve) -> None:
    api = serve(*LIBRARY, limits=QueryLimits(cost=100))
    document = "mutation($inputs: [PublishBookInput!]!) { publishBooks(inputs: $inputs) { books { id title } } }"
    result = await api.answer(document, inputs=[{"title": "a"}] * 40)
    assert result.errors[0].extensions["params"]["found"] == 1 + 40 * 3
    literal = "mutation { publishBooks(inputs: [" + '{title: "a"} ' * 40 + "]) { books { id title } } }"
    result = await api.answer(literal)
    assert result.errors[0].extensions["params"]["found"] == 1 + 40 * 3


async def test_a_list_of_a_node_costs_what_it_costs_elsewhere(serve: Serve) -> None:
    api = serve(*LIBRARY, limits=QueryLimits(cost=10))
    document = 'query {{ node(id: "00000000-0000-0000-0000-000000000000") {{ {} }} }} fragment B on Book {{ {} }}'
    inner = "notes { text }"
    for fields in ("... on Book { " + inner + " } ...B", "...B"):
        said = await api.refused(document.format(fields, inner))
        assert said["params"]["found"] >= 1 + 1 + 50


async def test_the_same_field_thousands_of_times_is_refused_with_the_reason(api: Api) -> None:
    result = await api.answer("{ " + "__typename " * 3900 + "}")
    assert [error.message for error in result.errors] == [
        "the document asks for the same fields too often to be validated: ask for each of them once"
    ]


async def test_a_schema_is_not_asked_for_many_times_at_once(api: Api) -> None:
    fields = "types { name description fields(includeDeprecated: true) { name args { name type { name } } } }"
    whole = " fragment S on __Schema { " + fields + " }"
    assert "__schema" in await api.ask("{ __schema { ...S } }" + whole)
    said = await api.refused("{ " + " ".join(f"a{i}: __schema {{ ...S }}" for i in range(2)) + " }" + whole)
    assert said["params"] == {"limit": "number of `__schema`", "found": 2, "maximum": 1}
    types = " ".join(f'a{i}: __type(name: "Book") {{ name }}' for i in range(3))
    assert (await api.refused(f"{{ {types} }}"))["params"] == {"limit": "introspections", "found": 3, "maximum": 2}


async def test_what_is_asked_about_a_schema_is_no_more_than_twice_what_it_holds(api: Api) -> None:
    inner = "fields { type { fields { name description isDeprecated type { kind name } } } }"
    document = "{ __schema { types { " + " ".join(f"a{i}: {inner}" for i in range(30)) + " } } }"
    said = await api.refused(document)
    assert said["params"]["limit"] == "introspection"


async def test_a_type_is_asked_for_by_name_a_few_times(api: Api) -> None:
    data = await api.ask('{ a: __type(name: "Book") { fields { name } } b: __type(name: "Note") { name } }')
    assert data["b"] == {"name": "Note"}


async def test_introspection_can_be_switched_off(serve: Serve) -> None:
    api = serve(*LIBRARY, limits=QueryLimits(introspection=False))
    result = await api.answer("{ __schema { queryType { name } } }")
    assert result.data is None
    assert {error.extensions["code"] for error in result.errors} == {"bad_query"}
    assert (await api.ask("{ __typename }")) == {"__typename": "Query"}
