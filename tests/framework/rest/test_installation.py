"""What the rest of the application gets: problems for everything, and one document."""

from __future__ import annotations

from pydantic import BaseModel

from framework.errors import Forbidden
from tests.framework.rest.conftest import Workshop


class Order(BaseModel):
    """What a route of one's own takes."""

    amount: int


async def test_a_path_that_is_not_there_is_a_problem(shop: Workshop) -> None:
    response = await shop.client.get("/api/nowhere")
    assert (response.status_code, response.headers["content-type"]) == (404, "application/problem+json")
    assert response.json()["detail"] == "not found: GET /api/nowhere"


async def test_a_wrong_method_is_told_the_right_ones(shop: Workshop) -> None:
    response = await shop.client.put("/api/programs", json={})
    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
    assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}


async def test_the_path_of_a_problem_is_a_reference_whatever_was_asked(shop: Workshop) -> None:
    response = await shop.client.get("/api/projects/m%C3%ABq%22%7B%3F")
    assert response.json()["instance"] == "/api/projects/m%C3%ABq%22%7B%3F"


async def test_routes_of_ones_own_fail_alike(shop: Workshop) -> None:
    @shop.app.post("/orders")
    async def order(order: Order) -> None:
        raise Forbidden("nobody may order")

    @shop.app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("the password is hunter2")

    refused = await shop.client.post("/orders", json={"amount": 1})
    assert (refused.status_code, refused.json()["detail"]) == (403, "nobody may order")
    unreadable = await shop.client.post("/orders", json={"amount": "x"})
    assert (unreadable.status_code, unreadable.json()["errors"][0]["pointer"]) == (422, "/amount")
    masked = await shop.client.get("/broken")
    assert (masked.status_code, masked.json()["code"], "hunter2" in masked.text) == (500, "internal", False)
    document = (await shop.client.get("/openapi.json")).json()
    assert {"/orders", "/api/programs"} <= set(document["paths"])
