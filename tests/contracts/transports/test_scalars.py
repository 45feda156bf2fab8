"""Every kind of value in every place of both transports: what is wrong is told, and nothing breaks."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from itertools import cycle
from typing import Any

import httpx
import pytest

from framework.data.memory import MemoryLayer
from framework.graphql.names import read_field
from framework.graphql.schema import DomainSchema, graphql_schema
from framework.naming import camel
from framework.wire.operators import operators_of
from tests.contracts.transports.conftest import LIMITS, serving
from tests.contracts.transports.scalars import FIELDS, LITERALS, SAMPLES, TEXTS, Sample

SPEC = SAMPLES.of(Sample)
SHOWN = " ".join(camel(name) for name in FIELDS if name != "part")
OK, CREATED, REFUSED = 200, 201, range(400, 500)
PARAMETERS = ("limit", "after", "before", "count", "sort", "filter", "fields", "include", "at_least", "on")
# A server reads no longer one.
LONGEST_ADDRESS = 10_000


@pytest.fixture(scope="module")
def schema() -> DomainSchema:
    return graphql_schema(SAMPLES, LIMITS)


@pytest.fixture
async def http(schema: DomainSchema) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(SAMPLES, MemoryLayer(SAMPLES), schema=schema) as (_, client):
        yield client


async def graphql(http: httpx.AsyncClient, query: str, variables: str = "{}") -> dict[str, Any]:
    """The answer, which is typed whatever it says; `variables` are JSON, or nearly."""
    body = f'{{"query": {json.dumps(query)}, "variables": {variables}}}'
    response = await http.post("/graphql", content=body.encode(), headers={"content-type": "application/json"})
    assert response.status_code == OK or response.status_code in REFUSED, (variables[:200], response.text)
    answer: dict[str, Any] = response.json()
    for code in codes(answer):
        assert code not in (None, "internal"), (query[:300], variables[:300], response.text[:2000])
    return answer


def codes(answer: dict[str, Any]) -> Iterator[str | None]:
    """The codes of everything that was wrong."""
    for error in answer.get("errors", ()):
        yield error.get("extensions", {}).get("code")
    for payload in (answer.get("data") or {}).values():
        for error in (payload or {}).get("errors", ()):
            yield error["code"]


@pytest.mark.parametrize("field", FIELDS)
async def test_graphql_takes_or_refuses_any_input_and_shows_again_what_it_took(
    field: str, http: httpx.AsyncClient
) -> None:
    make = "mutation($input: MakeSampleInput) { makeSample(input: $input) { sample { id } errors { code path } } }"
    for text in TEXTS:
        await graphql(http, make, f'{{"input": {{"{camel(field)}": {text}}}}}')
    for text in LITERALS:
        given = f"{{{camel(field)}: {text}}}"
        await graphql(http, f"mutation {{ makeSample(input: {given}) {{ errors {{ code path }} }} }}")
    nodes = f"nodes {{ {SHOWN} part {{ label weight lasts }} }}"
    shown = await graphql(http, f"{{ samples(first: 500) {{ totalCount {nodes} }} }}")
    assert "errors" not in shown
    assert shown["data"]["samples"]["totalCount"] > 0
    assert (await http.get("/api/samples?limit=500")).status_code == OK


@pytest.mark.parametrize("number", [2**63 - 1, -(2**63), 2**53 + 1, 7, 0])
async def test_a_number_of_64_bits_is_a_text_in_graphql_and_a_number_in_rest(
    number: int, http: httpx.AsyncClient
) -> None:
    make = "mutation($input: MakeSampleInput) { makeSample(input: $input) { sample { id number part { weight } } } }"
    weight = abs(number) // 2
    for given in (str(number), f'"{number}"'):
        variables = f'{{"input": {{"number": {given}, "part": {{"weight": {weight}}}}}}}'
        made = (await graphql(http, make, variables))["data"]["makeSample"]["sample"]
        assert (made["number"], made["part"]) == (str(number), {"weight": str(weight)})
        shown = (await http.get(f"/api/samples/{made['id']}")).json()
        assert (shown["number"], shown["part"]["weight"]) == (number, weight)
        assert type(shown["number"]) is int
    found = await graphql(http, f'{{ samples(filter: {{number: {{eq: "{number}"}}}}) {{ nodes {{ number small }} }} }}')
    assert found["data"]["samples"]["nodes"] == [{"number": str(number), "small": None}] * 2


@pytest.mark.parametrize("field", FIELDS)
async def test_graphql_takes_or_refuses_anything_to_compare_with(field: str, http: httpx.AsyncClient) -> None:
    operators = cycle(operators_of(SPEC.attributes[field].type))
    for operator, text in zip(operators, LITERALS, strict=False):
        of = f"{{{camel(field)}: {{{camel(operator)}: {text}}}}}"
        await graphql(http, f"{{ samples(filter: {of}) {{ totalCount }} }}")
    for text in TEXTS:
        await graphql(
            http,
            "query($filter: SampleFilter) { samples(filter: $filter) { totalCount } }",
            f'{{"filter": {{"{camel(field)}": {{"eq": {text}}}}}}}',
        )


@pytest.mark.parametrize(
    "field",
    [
        "samples(first: {}) {{ totalCount }}",
        "samples(last: {}) {{ nodes {{ id }} }}",
        "samples(after: {}) {{ totalCount }}",
        "samples(before: {}) {{ nodes {{ id }} }}",
        "samples(sort: {}) {{ totalCount }}",
        "samples(sort: {{number: {}}}) {{ totalCount }}",
        "samples(filter: {}) {{ totalCount }}",
        "samples(filter: {{not: {}}}) {{ totalCount }}",
        "samples(filter: {{or: {}}}) {{ totalCount }}",
        "sample(id: {}) {{ id }}",
        "node(id: {}) {{ id }}",
        f"{read_field(SPEC, SPEC.actions['find'])}(atLeast: {{}}) {{{{ totalCount }}}}",
        f"{read_field(SPEC, SPEC.actions['find'])}(on: {{}}) {{{{ totalCount }}}}",
    ],
)
async def test_graphql_takes_or_refuses_any_argument(field: str, http: httpx.AsyncClient) -> None:
    for text in LITERALS:
        await graphql(http, "{ " + field.format(text) + " }")


async def test_graphql_takes_or_refuses_any_variables(http: httpx.AsyncClient) -> None:
    for text in TEXTS:
        await graphql(http, "query($first: Int) { samples(first: $first) { totalCount } }", text)
        await graphql(http, "query($first: Int) { samples(first: $first) { totalCount } }", f'{{"first": {text}}}')


async def told(response: httpx.Response) -> None:
    """Passes for an answer and for a typed refusal."""
    assert response.status_code in (OK, CREATED) or response.status_code in REFUSED, response.text[:2000]
    if response.status_code in REFUSED:
        assert {error["code"] for error in response.json()["errors"]}.isdisjoint({None, "internal"})


@pytest.mark.parametrize("field", FIELDS)
async def test_rest_takes_or_refuses_any_input_and_shows_again_what_it_took(
    field: str, http: httpx.AsyncClient
) -> None:
    headers = {"content-type": "application/json"}
    for text in TEXTS:
        await told(await http.post("/api/samples", content=f'{{"{field}": {text}}}'.encode(), headers=headers))
    shown = await http.get("/api/samples?limit=500")
    assert shown.status_code == OK
    assert len(shown.json()["data"]) > 0
    assert "errors" not in await graphql(http, f"{{ samples(first: 500) {{ nodes {{ {SHOWN} }} }} }}")


@pytest.mark.parametrize("field", FIELDS)
async def test_rest_takes_or_refuses_anything_to_compare_with(field: str, http: httpx.AsyncClient) -> None:
    operators = cycle(operators_of(SPEC.attributes[field].type))
    for operator, text in zip(operators, TEXTS, strict=False):
        if len(text) < LONGEST_ADDRESS:
            await told(await http.get("/api/samples", params={f"filter[{field}][{operator}]": text.strip('"')}))
            await told(await http.get("/api/samples", params={"filter": f'{{"{field}": {{"{operator}": {text}}}}}'}))


@pytest.mark.parametrize(
    "name", ["limit", "after", "before", "count", "sort", "filter", "fields", "include", "at_least"]
)
async def test_rest_takes_or_refuses_any_parameter(name: str, http: httpx.AsyncClient) -> None:
    for text in TEXTS:
        if len(text) < LONGEST_ADDRESS:
            await told(await http.get("/api/samples/find", params={name: text.strip('"')}))
            await told(await http.get("/api/samples", params={name: text.strip('"')}))


async def test_a_duration_is_written_in_one_way_wherever_it_stands(http: httpx.AsyncClient) -> None:
    given = {"lasting": "P365D", "part": {"lasts": ["P365D", "-PT1H"]}}
    made = await http.post("/api/samples", json=given)
    assert made.status_code == CREATED, made.text
    (rest,) = (await http.get("/api/samples")).json()["data"]
    shown = await graphql(http, "{ samples(first: 5) { nodes { lasting part { lasts } } } }")
    (node,) = shown["data"]["samples"]["nodes"]
    assert (rest["lasting"], rest["part"]["lasts"]) == ("P365D", ["P365D", "-PT1H"])
    assert node == given
