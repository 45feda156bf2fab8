"""Generic actions over HTTP."""

from __future__ import annotations

from uuid import uuid4

from framework.testing.logged import logged
from tests.framework.rest.conftest import Workshop


async def a_program(shop: Workshop) -> str:
    return str((await shop.program(await shop.project()))["id"])


async def test_an_action_takes_typed_inputs_and_gives_a_typed_value(shop: Workshop) -> None:
    response = await shop.client.post(f"/api/programs/{await a_program(shop)}/execute", json={"text": "hi"})
    assert (response.status_code, response.json()) == (200, {"text": "HI", "team": "billing"})


async def test_an_action_of_its_own_resource_wins_over_a_record_of_that_name(shop: Workshop) -> None:
    response = await shop.client.post("/api/programs/triage-ticket/execute", json={"text": "hi"})
    assert (response.status_code, response.json()) == (200, {"text": "HI", "team": "technical"})


async def test_an_action_about_a_record_that_is_not_there_is_not_run(shop: Workshop) -> None:
    assert (await shop.client.post(f"/api/programs/{uuid4()}/crash")).status_code == 404


async def test_an_action_that_gives_nothing_gives_204(shop: Workshop) -> None:
    response = await shop.client.post(f"/api/programs/{await a_program(shop)}/ping")
    assert (response.status_code, response.content) == (204, b"")


async def test_wrong_inputs_are_pointed_at(shop: Workshop) -> None:
    response = await shop.client.post(
        f"/api/programs/{await a_program(shop)}/execute",
        json={"text": "far too long a text", "team": "sales", "txt": 1},
    )
    assert response.status_code == 422
    assert {error["pointer"] for error in response.json()["errors"]} == {"/text", "/team", "/txt"}


async def test_a_parameter_nobody_knows_is_refused(shop: Workshop) -> None:
    response = await shop.client.post(f"/api/programs/{await a_program(shop)}/ping?fields=name")
    assert (response.status_code, response.json()["code"]) == (422, "unknown_parameter")


async def test_what_is_unavailable_says_when_to_come_back(shop: Workshop) -> None:
    response = await shop.client.post(f"/api/programs/{await a_program(shop)}/ask-model")
    assert (response.status_code, response.headers["retry-after"]) == (503, "7")
    assert response.json()["code"] == "model_unreachable"


async def test_a_crash_is_masked_and_logged_under_the_id_the_client_gets(shop: Workshop) -> None:
    with logged() as lines:
        response = await shop.client.post(f"/api/programs/{await a_program(shop)}/crash")
    assert (response.status_code, response.json()["code"]) == (500, "internal")
    assert "hunter2" not in response.text
    error_id = response.json()["errors"][0]["params"]["error_id"]
    assert [line["error_id"] for line in lines if "error_id" in line] == [error_id]
