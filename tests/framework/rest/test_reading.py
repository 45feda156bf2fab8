"""Lists and records over HTTP."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.framework.rest.conftest import Workshop


def links(response: httpx.Response) -> dict[str, str]:
    return {str(name): link["url"] for name, link in response.links.items()}


async def five(shop: Workshop) -> str:
    project = await shop.project()
    for name, score in zip("ABCDE", (0.1, 0.2, None, 0.4, 0.5), strict=True):
        await shop.program(project, name, score=score)
    return project


def names(response: httpx.Response) -> str:
    assert response.status_code == 200, response.text
    return "".join(item["name"] for item in response.json()["data"])


async def test_a_list_is_sorted_by_a_derived_value_of_a_record_that_it_includes(shop: Workshop) -> None:
    await shop.program(await shop.project("one"), "X")
    await five(shop)
    response = await shop.client.get("/api/programs?sort=-project.program_count,name&include=project&limit=5")
    assert names(response) == "ABCDE"
    assert names(await shop.client.get(links(response)["next"])) == "X"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "ABCDE"),
        ("sort=-name", "EDCBA"),
        ("sort=-score,name", "EDBAC"),
        ("filter[name][eq]=B", "B"),
        ("filter[name][ilike]=%25c%25", "C"),
        ("filter[name][in]=A,C", "AC"),
        ("filter[name][in]=A&filter[name][in]=C", "AC"),
        ("filter[name][in][]=A", "A"),
        ('filter[name][in]=["A","C"]', "AC"),
        ("filter[name][in][]=A,C", ""),
        ('filter[name]={"in":["A","C"]}', "AC"),
        ('filter[or]=[{"name":{"eq":"A"}},{"score":{"gt":0.4}}]', "AE"),
        ("filter={}", "ABCDE"),
        ("sort=-score&sort=name&fields=name&fields=score", "EDBAC"),
        ("filter[score][is_null]=true", "C"),
        ("filter[score][gt]=0.1&filter[score][lt]=0.5", "BD"),
        ("filter[or][0][name][eq]=A&filter[or][1][name][eq]=E", "AE"),
        ("filter[not][name][eq]=A", "BCDE"),
        ("filter[project][slug][eq]=qa", "ABCDE"),
        ("filter[project][slug][eq]=other", ""),
        ("filter[version_count][gt]=0", ""),
        ("filter[versions][none][number][eq]=1", "ABCDE"),
        ('filter={"name":{"ilike":"a"}}', "A"),
        ('filter={"name":{"in":["A","B"]}}&filter[score][gt]=0.1', "B"),
        ("limit=0", ""),
    ],
)
async def test_a_list_is_filtered_and_sorted(query: str, expected: str, shop: Workshop) -> None:
    await five(shop)
    assert names(await shop.client.get(f"/api/programs?{query}")) == expected


async def test_links_lead_through_every_page_and_back(shop: Workshop) -> None:
    await five(shop)
    response = await shop.client.get("/api/programs?sort=-name&limit=2&fields=name")
    seen = [names(response)]
    while "next" in links(response):
        response = await shop.client.get(links(response)["next"])
        seen.append(names(response))
    assert seen == ["ED", "CB", "A"]
    assert response.json()["page"]["next"] is None
    response = await shop.client.get(links(response)["prev"])
    assert names(response) == "CB"
    response = await shop.client.get(links(response)["first"])
    assert (names(response), "prev" in links(response)) == ("ED", False)


async def test_the_page_says_what_the_links_say(shop: Workshop) -> None:
    await five(shop)
    response = await shop.client.get("/api/programs?limit=2")
    page = response.json()["page"]
    assert {**page, "next": None} == {"limit": 2, "next": None, "previous": None}
    assert dict(parse_qsl(urlsplit(links(response)["next"]).query))["after"] == page["next"]


@pytest.mark.parametrize("count", ["estimated", "exact"])
async def test_the_page_says_how_many_there_are_in_all_when_asked(shop: Workshop, count: str) -> None:
    await five(shop)
    page = (await shop.client.get(f"/api/programs?limit=2&count={count}&filter[name][gt]=A")).json()["page"]
    assert (page["total"], page["total_is_exact"]) == (4, True)


async def test_pages_by_number_have_offsets(shop: Workshop) -> None:
    await five(shop)
    response = await shop.client.get("/api/programs/paged?offset=2")
    assert (names(response), response.json()["page"]) == ("CD", {"limit": 2, "next": 4, "previous": 0})
    assert names(await shop.client.get(links(response)["next"])) == "E"
    assert names(await shop.client.get(links(response)["prev"])) == "AB"


async def test_the_arguments_of_a_read_are_parameters(shop: Workshop) -> None:
    await five(shop)
    assert names(await shop.client.get("/api/programs/named?name=D&states=draft&states=live")) == "D"
    assert "name=D" in (await shop.client.get("/api/programs/named?name=D")).headers["link"]


async def test_fields_and_include_say_what_is_shown(shop: Workshop) -> None:
    project = await shop.project()
    program = await shop.program(project)
    await shop.client.post("/api/versions", json={"number": 1, "program_id": program["id"]})
    query = "fields=name,version_count&include=project,versions&fields[project]=slug&fields[versions]=number"
    response = await shop.client.get(f"/api/programs/{program['id']}?{query}")
    shown = response.json()
    assert shown["versions"][0].pop("id")
    assert shown == {
        "id": program["id"],
        "name": "A",
        "version_count": 1,
        "project": {"id": project, "slug": "qa"},
        "versions": [{"number": 1}],
    }


async def test_an_include_follows_links_over_several_records(shop: Workshop) -> None:
    program = await shop.program(await shop.project())
    response = await shop.client.get(
        f"/api/programs/{program['id']}?include=project.programs&fields[project.programs]=name"
    )
    assert response.json()["project"]["programs"] == [{"id": program["id"], "name": "A"}]


async def test_a_private_value_is_never_shown(shop: Workshop) -> None:
    program = await shop.program(await shop.project())
    assert "secret" not in program
    response = await shop.client.get("/api/programs?fields=secret")
    assert response.json()["errors"][0]["message"] == "`Program` has no `secret` to show"


@pytest.mark.parametrize("name", ["secret", "secre", "nothing"])
async def test_however_often_others_are_named_a_private_value_is_told_as_one_that_is_not_there(
    name: str, shop: Workshop
) -> None:
    repeated = ",".join(["id"] * 40)
    response = await shop.client.get(f"/api/programs?fields={repeated},{name}")
    assert response.status_code == 422
    assert [error["message"] for error in response.json()["errors"]] == [f"`Program` has no `{name}` to show"]
    assert "secret" not in str(response.json()["errors"][0]["hint"])


async def test_of_many_unknown_names_only_some_are_told(shop: Workshop) -> None:
    response = await shop.client.get("/api/programs?fields=" + ",".join(f"x{n}" for n in range(400)))
    assert (response.status_code, len(response.json()["errors"])) == (422, 20)


WRONG = [
    ("lmit=1", "unknown_parameter", "lmit"),
    ("offset=1", "unknown_parameter", "offset"),
    ("limit=501", "bad_page_size", "limit"),
    ("limit=-1", "bad_page_size", "limit"),
    ("limit=ten", "int_parsing", "limit"),
    ("limit=1&limit=2", "repeated", "limit"),
    ("limit=1_0", "int_parsing", "limit"),
    ("limit=%D9%A1", "int_parsing", "limit"),
    ("limit=true", "int_type", "limit"),
    ("count=maybe", "enum", "count"),
    ("count=true", "enum", "count"),
    ("fields=", "name_missing", "fields"),
    ("sort=name,,score", "name_missing", "sort"),
    ("sort=nme", "unknown_field", "sort[0]"),
    ("sort=secret", "unknown_field", "sort[0]"),
    ("after=nonsense", "bad_cursor", "after"),
    ("before=nonsense", "bad_cursor", "before"),
    ("filter[nme][eq]=1", "unknown_field", "filter[nme]"),
    ("filter[secret][eq]=1", "unknown_field", "filter[secret]"),
    ("filter[name]=x", "object_expected", "filter[name]"),
    ("filter[name][eq]=x&filter[name][eq]=y", "repeated", "filter[name][eq]"),
    ("filter[name]=x&filter[name][eq]=y", "repeated", "filter[name][eq]"),
    ("filter[]=x", "bad_filter", "filter"),
    ("filter[][eq]=x", "bad_filter", "filter"),
    ("filter=[1]", "object_expected", "filter"),
    ("filter[state][eq]=x", "enum", "filter[state][eq]"),
    ("filter[score][gt]=x", "float_parsing", "filter[score][gt]"),
    ("filter[score][gt]=1_0", "float_parsing", "filter[score][gt]"),
    ("filter[score][gt]=1e400", "float_parsing", "filter[score][gt]"),
    ('filter={"score":{"gt":"7"}}', "float_parsing", "filter[score][gt]"),
    ("filter[created_at][gt]=1700000000", "datetime_parsing", "filter[created_at][gt]"),
    ("filter[created_at][gt]=2026-05-01T10:00:00+02:00", "datetime_from_date_parsing", "filter[created_at][gt]"),
    ("filter[version_count][eq]=1_0", "int_parsing", "filter[version_count][eq]"),
    ("fields=nme", "unknown_field", "fields"),
    ("fields[project]=slug", "not_included", "fields[project]"),
    ("include=projet", "unknown_field", "include"),
    ("include=project.programs.project.programs", "too_deep", "include"),
    ("include=project.programs.versions", "too_wide", "include"),
    ("include=" + ",".join(["project"] * 17), "too_many_includes", "include"),
]


@pytest.mark.parametrize(("query", "code", "parameter"), WRONG)
async def test_a_wrong_parameter_is_named(query: str, code: str, parameter: str, shop: Workshop) -> None:
    response = await shop.client.get(f"/api/programs?{query}")
    problem = response.json()
    assert (response.status_code, response.headers["content-type"]) == (422, "application/problem+json")
    assert (problem["code"], problem["errors"][0]["parameter"]) == (code, parameter)


async def test_a_filter_that_is_not_json_is_malformed(shop: Workshop) -> None:
    response = await shop.client.get("/api/programs?filter={")
    assert (response.status_code, response.json()["code"]) == (400, "malformed_json")


async def test_a_page_lies_on_one_side_only(shop: Workshop) -> None:
    await five(shop)
    cursor = (await shop.client.get("/api/programs?limit=1")).json()["page"]["next"]
    response = await shop.client.get(f"/api/programs?after={cursor}&before={cursor}")
    assert response.json()["detail"] == "a page lies after a cursor or before one, not both"


async def test_a_cursor_of_another_order_is_refused(shop: Workshop) -> None:
    await five(shop)
    cursor = (await shop.client.get("/api/programs?limit=1&sort=name")).json()["page"]["next"]
    response = await shop.client.get(f"/api/programs?after={cursor}&sort=-name")
    assert (response.status_code, response.json()["code"]) == (422, "bad_cursor")


async def test_a_record_has_an_etag_and_is_not_sent_twice(shop: Workshop) -> None:
    program = await shop.program(await shop.project())
    url = f"/api/programs/{program['id']}"
    first = await shop.client.get(url)
    assert first.json() == program
    for known in (first.headers["etag"], f'"x", W/{first.headers["etag"]}', "*"):
        again = await shop.client.get(url, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert (await shop.client.get(url, headers={"If-None-Match": '"x"'})).status_code == 200
    assert (await shop.client.get(f"{url}?fields=name")).headers["etag"] != first.headers["etag"]
    assert (await shop.client.head(url)).headers["etag"] == first.headers["etag"]


async def test_a_record_that_is_not_there_is_not_found(shop: Workshop) -> None:
    key = uuid4()
    response = await shop.client.get(f"/api/programs/{key}")
    problem: dict[str, Any] = response.json()
    assert response.status_code == 404
    assert problem["detail"] == f"there is no Program with id {key}"
    assert problem["instance"] == f"/api/programs/{key}"


async def test_an_id_of_another_kind_is_refused(shop: Workshop) -> None:
    response = await shop.client.get("/api/programs/one")
    assert (response.status_code, response.json()["errors"][0]["parameter"]) == (422, "id")


KEYS = st.sampled_from(
    ["filter", "sort", "limit", "after", "fields", "include", "filter[or]", "filter[name]", "fields[project]"]
)
STEPS = st.lists(
    st.sampled_from(["name", "eq", "in", "or", "0", "1", "project", "", "versions", "some", "not"]), max_size=5
)
TEXTS = st.sampled_from(["", "name", "-name", "{}", "[]", "1", "true", "project", "A,B"]) | st.text(max_size=5)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(query=st.lists(st.tuples(KEYS, STEPS, TEXTS), max_size=4))
async def test_no_query_string_breaks_the_server(query: list[tuple[str, list[str], str]], shop: Workshop) -> None:
    items: list[tuple[str, str | int | float | bool | None]] = [
        (key + "".join(f"[{step}]" for step in steps), text) for key, steps, text in query
    ]
    response = await shop.client.get("/api/programs", params=httpx.QueryParams(items))
    assert response.status_code in (200, 400, 422), response.text


@pytest.mark.parametrize("query", ['filter[name]={"eq":', 'filter={"name"', "filter[name][in]=[A"])
async def test_json_in_an_address_is_json(query: str, shop: Workshop) -> None:
    response = await shop.client.get(f"/api/programs?{query}")
    assert (response.status_code, response.json()["code"]) == (400, "malformed_json")
    assert response.json()["errors"][0]["parameter"] == "filter"


async def test_a_filter_that_is_too_dear_is_a_bad_request(shop: Workshop) -> None:
    """Thirty of these stopped everything, for as long as they ran."""
    dear = json.dumps({"or": [{"name": {"ilike": "%x%"}}] * 90})
    answer = await shop.client.get("/api/programs", params={"filter": dear, "sort": "-name,project.name"})
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["message"] == f"the filter cost of this list is {1081 + 15}, at most 300 is allowed"
    assert (error["code"], error["params"]["maximum"]) == ("too_complex", 300)
