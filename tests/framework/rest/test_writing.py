"""Creates, updates and destroys over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from tests.framework.rest.conftest import Workshop


async def count(shop: Workshop) -> int:
    total: int = (await shop.client.get("/api/programs?count=exact&limit=0")).json()["page"]["total"]
    return total


async def test_a_create_gives_201_and_says_where_the_record_is(shop: Workshop) -> None:
    project = await shop.project()
    response = await shop.client.post(
        "/api/programs?fields=name&include=project", json={"name": "A", "project_id": project}
    )
    shown = response.json()
    assert (response.status_code, response.headers["location"]) == (201, f"/api/programs/{shown['id']}")
    assert (shown["name"], shown["project"]["slug"]) == ("A", "qa")
    again = await shop.client.get(response.headers["location"] + "?fields=name&include=project")
    assert (again.json(), again.headers["etag"]) == (shown, response.headers["etag"])


async def test_a_record_that_cannot_be_read_is_nowhere(shop: Workshop) -> None:
    program = await shop.program(await shop.project())
    response = await shop.client.post("/api/versions", json={"number": 1, "program_id": program["id"]})
    assert (response.status_code, "location" in response.headers) == (201, False)


async def test_another_create_has_a_path_of_its_own(shop: Workshop) -> None:
    response = await shop.client.post("/api/programs/clone", json={"name": "A", "project_id": await shop.project()})
    assert response.status_code == 201


async def test_a_list_of_inputs_makes_a_list_of_records(shop: Workshop) -> None:
    project = await shop.project()
    inputs = [{"name": name, "project_id": project} for name in "ABC"]
    response = await shop.client.post("/api/programs/bulk?fields=name", json=inputs)
    assert (response.status_code, [item["name"] for item in response.json()]) == (201, ["A", "B", "C"])


async def test_an_empty_list_makes_nothing_and_is_refused(shop: Workshop) -> None:
    response = await shop.client.post("/api/programs/bulk", json=[])
    assert (response.status_code, response.json()["code"]) == (422, "too_few_records")


async def test_a_list_has_a_path_of_its_own_for_every_create(shop: Workshop) -> None:
    inputs = [{"name": "A", "project_id": await shop.project()}]
    refused = await shop.client.post("/api/programs", json=inputs)
    assert (refused.status_code, refused.json()["code"]) == (422, "object_expected")
    assert "/bulk" in refused.json()["errors"][0]["hint"]
    assert (await shop.client.post("/api/programs/clone/bulk", json=inputs)).status_code == 201


async def test_of_a_list_all_are_made_or_none(shop: Workshop) -> None:
    project = await shop.project()
    inputs = [{"name": "A", "project_id": project}, {"name": "B" * 41, "project_id": project}]
    response = await shop.client.post("/api/programs/bulk", json=inputs)
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "/1/name")
    assert await count(shop) == 0


async def test_in_a_list_of_one_the_pointer_says_so(shop: Workshop) -> None:
    response = await shop.client.post("/api/programs/bulk", json=[{"name": 5, "project_id": await shop.project()}])
    assert response.json()["errors"][0]["pointer"] == "/0/name"


async def test_a_list_holds_at_most_a_thousand(shop: Workshop) -> None:
    response = await shop.client.post("/api/programs/bulk", json=[{}] * 1001)
    assert (response.status_code, response.json()["code"]) == (422, "too_many_records")


async def test_every_wrong_input_is_pointed_at(shop: Workshop) -> None:
    given: dict[str, Any] = {"nme": "A", "score": 2, "budget": {"calls": -1}, "project_id": "x"}
    response = await shop.client.post("/api/programs", json=given)
    errors = {error["pointer"]: error for error in response.json()["errors"]}
    assert response.status_code == 422
    assert set(errors) == {"/nme", "/name", "/score", "/budget/calls", "/project_id"}
    assert errors["/nme"]["hint"] == "did you mean `name`?"
    assert errors["/name"]["code"] == "missing"
    assert errors["/score"]["params"] == {"le": 1.0}
    assert await count(shop) == 0


async def test_a_name_that_is_taken_is_a_conflict(shop: Workshop) -> None:
    project = await shop.project()
    await shop.program(project)
    response = await shop.client.post("/api/programs", json={"name": "A", "project_id": project})
    assert response.status_code == 409
    assert await count(shop) == 1


async def test_an_update_takes_a_part_and_gives_the_whole(shop: Workshop) -> None:
    program = await shop.program(await shop.project(), score=0.5)
    response = await shop.client.patch(f"/api/programs/{program['id']}", json={"name": "B"})
    assert (response.status_code, response.json()) == (200, {**program, "name": "B"})
    assert (await shop.client.get(f"/api/programs/{program['id']}")).headers["etag"] == response.headers["etag"]


async def test_another_update_has_a_path_of_its_own_and_needs_no_body(shop: Workshop) -> None:
    program = await shop.program(await shop.project())
    url = f"/api/programs/{program['id']}/publish"
    assert (await shop.client.post(url)).json()["state"] == "live"
    again = await shop.client.post(url)
    assert (again.status_code, again.json()["code"]) == (409, "illegal_transition")


@pytest.mark.parametrize(("method", "path"), [("PATCH", ""), ("POST", "/publish"), ("DELETE", ""), ("POST", "/shred")])
async def test_what_is_not_there_cannot_be_changed(method: str, path: str, shop: Workshop) -> None:
    response = await shop.client.request(method, f"/api/programs/{uuid4()}{path}")
    error = response.json()["errors"][0]
    assert (response.status_code, error["parameter"], error["pointer"]) == (404, "id", None)


@pytest.mark.parametrize(("method", "path"), [("DELETE", ""), ("POST", "/shred")])
async def test_a_destroy_gives_204_and_the_record_is_gone(method: str, path: str, shop: Workshop) -> None:
    program = await shop.program(await shop.project())
    response = await shop.client.request(method, f"/api/programs/{program['id']}{path}")
    assert (response.status_code, response.content) == (204, b"")
    assert (await shop.client.get(f"/api/programs/{program['id']}")).status_code == 404


@pytest.mark.parametrize(("method", "path"), [("PATCH", ""), ("POST", "/publish"), ("DELETE", "")])
async def test_nothing_is_written_over_what_the_client_has_not_seen(method: str, path: str, shop: Workshop) -> None:
    program = await shop.program(await shop.project())
    url = f"/api/programs/{program['id']}"
    old = (await shop.client.get(url)).headers["etag"]
    new = (await shop.client.patch(url, json={"name": "B"})).headers["etag"]
    for stale in (old, f"W/{new}", "nonsense"):
        refused = await shop.client.request(method, url + path, headers={"If-Match": stale})
        assert (refused.status_code, refused.json()["code"]) == (412, "precondition_failed")
    assert (await shop.client.get(url)).json() == {**program, "name": "B"}
    accepted = await shop.client.request(method, url + path, headers={"If-Match": f'"other", {new}'})
    assert accepted.status_code in (200, 204)


async def test_of_two_writers_who_saw_the_same_one_wins(shop: Workshop) -> None:
    program = await shop.program(await shop.project())
    url = f"/api/programs/{program['id']}"
    seen = {"If-Match": (await shop.client.get(url)).headers["etag"]}
    writes = (shop.client.patch(url, json={"score": score}, headers=seen) for score in (0.1, 0.2, 0.3))
    statuses = [response.status_code for response in await asyncio.gather(*writes)]
    assert sorted(statuses) == [200, 412, 412]


async def test_a_record_that_cannot_be_read_matches_nothing(shop: Workshop) -> None:
    program = await shop.program(await shop.project())
    version = (await shop.client.post("/api/versions", json={"number": 1, "program_id": program["id"]})).json()
    url = f"/api/versions/{version['id']}"
    assert (await shop.client.patch(url, json={"number": 2})).json()["number"] == 2
    refused = await shop.client.patch(url, json={"number": 3}, headers={"If-Match": "*"})
    assert (refused.status_code, refused.json()["detail"]) == (412, "a record of `Version` has no ETag to match")


async def test_any_record_matches_a_star(shop: Workshop) -> None:
    program = await shop.program(await shop.project())
    headers = {"If-Match": "*"}
    response = await shop.client.patch(f"/api/programs/{program['id']}", json={"name": "B"}, headers=headers)
    assert response.status_code == 200
    assert (await shop.client.patch(f"/api/programs/{uuid4()}", json={}, headers=headers)).status_code == 404


async def test_a_wrong_selection_changes_nothing(shop: Workshop) -> None:
    response = await shop.client.post("/api/programs?fields=x", json={"name": "A", "project_id": await shop.project()})
    assert (response.status_code, response.json()["errors"][0]["parameter"]) == (422, "fields")
    assert await count(shop) == 0


async def test_what_an_action_does_not_take_is_in_the_body_whatever_its_name(shop: Workshop) -> None:
    program = await shop.program(await shop.project())
    given = {"id": program["id"], "fields": 1, "include": 1}
    for response in (
        await shop.client.post("/api/projects", json={"slug": "x", **given}),
        await shop.client.patch(f"/api/programs/{program['id']}", json=given),
    ):
        said = [(error["pointer"], error["parameter"]) for error in response.json()["errors"]]
        assert (response.status_code, said) == (422, [("/id", None), ("/fields", None), ("/include", None)])


async def test_a_body_that_cannot_be_right_is_refused_before_its_etag_is_looked_at(shop: Workshop) -> None:
    program = await shop.program(await shop.project())
    path, stale = f"/api/programs/{program['id']}", {"If-Match": '"stale"'}
    assert (await shop.client.patch(path, json={"score": 2}, headers=stale)).status_code == 422
    assert (await shop.client.patch(path, json={"score": 1}, headers=stale)).status_code == 412


async def test_a_nested_name_that_is_not_there_is_refused(shop: Workshop) -> None:
    given = {"name": "A", "project_id": await shop.project(), "budget": {"calls": 1, "foo": 5}}
    response = await shop.client.post("/api/programs", json=given)
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "/budget/foo")
