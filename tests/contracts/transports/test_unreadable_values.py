"""A stored value that its type no longer reads, asked for over both transports: whose it is is told, and never what."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from pydantic import BaseModel

from framework.compiler.domain import Domain, compile_domain
from framework.declare.actions import Create, Read, Update
from framework.declare.attributes import Attr, attribute, sequence_key
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.events.extension import EVENTS
from framework.graphql.extension import GRAPHQL
from framework.rest.extension import REST
from framework.sql.engine import create_tables, open_layer
from framework.sql.extension import SQL
from tests.contracts.transports.conftest import serving


class Size(BaseModel):
    """How large something is."""

    width: int


class Room(Resource):
    """Where boxes stand."""

    id: Attr[int] = sequence_key()
    boxes: Many[Box] = has_many()
    browse = Read()


class Box(Resource):
    """Something with a size."""

    id: Attr[int] = sequence_key()
    name: Attr[str] = attribute()
    size: Attr[Size] = attribute()
    room: One[Room] = belongs_to()
    browse = Read()
    pack = Create(accept=[name, size, room])
    rename = Update(accept=[name])


FILLED = (
    "INSERT INTO rooms DEFAULT VALUES",
    """INSERT INTO boxes (name, size, room_id) VALUES ('good', '{"width": 1}', 1), ('bad', '{"width": "much"}', 1)""",
)
SAYS = "what is stored of `Box.size` in the record 2 does not read as it is declared today: width: has to be"
WHOSE = {"resource": "Box", "attribute": "size", "id": "2"}


@pytest.fixture(scope="module")
async def http(make_database: Callable[[], Awaitable[str]]) -> AsyncIterator[httpx.AsyncClient]:
    domain = compile_domain(Domain("store", [Room, Box], [EVENTS, GRAPHQL, REST, SQL]))
    async with open_layer(domain, await make_database()) as layer:
        await create_tables(layer)
        async with layer.engine.begin() as connection:
            for statement in FILLED:
                await connection.exec_driver_sql(statement)
        async with serving(domain, layer) as (_, client):
            yield client


def told(response: httpx.Response, found: dict[str, Any]) -> None:
    """That is what it says, once, and the value is nowhere in it."""
    assert found["message"].startswith(SAYS)
    assert (found["code"], found["params"]) == ("stored_value_unreadable", WHOSE)
    assert "much" not in response.text


@pytest.mark.parametrize("path", ["boxes/2", "boxes", "boxes?sort=-name&limit=1", "rooms?include=boxes"])
async def test_rest_says_whose_value_does_not_read(http: httpx.AsyncClient, path: str) -> None:
    response = await http.get(f"/api/{path}")
    (found,) = response.json()["errors"]
    told(response, found)
    assert (response.status_code, response.json()["status"]) == (500, 500)


@pytest.mark.parametrize(
    "asked",
    [
        "box(id: 2) { name size { width } }",
        "boxes { nodes { size { width } } }",
        "rooms { nodes { boxes { size { width } } } }",
    ],
)
async def test_graphql_says_whose_value_does_not_read(http: httpx.AsyncClient, asked: str) -> None:
    response = await http.post("/graphql", json={"query": f"{{ {asked} }}"})
    (found,) = response.json()["errors"]
    told(response, {"message": found["message"], **found["extensions"]})


async def test_all_else_of_such_a_record_is_read_over_both(http: httpx.AsyncClient) -> None:
    names = [{"id": 1, "name": "good"}, {"id": 2, "name": "bad"}]
    listed = await http.get("/api/boxes?fields=name")
    assert listed.json()["data"] == names
    assert (await http.get("/api/boxes/2?fields=name")).json() == names[1]
    assert (await http.get("/api/boxes/1")).json()["size"] == {"width": 1}
    asked = "{ box(id: 2) { id name } boxes { nodes { id name } } rooms { nodes { boxes { id name } } } }"
    found = (await http.post("/graphql", json={"query": asked})).json()
    named = [{**each, "id": str(each["id"])} for each in names]
    assert found == {"data": {"box": named[1], "boxes": {"nodes": named}, "rooms": {"nodes": [{"boxes": named}]}}}


async def test_a_change_of_such_a_record_says_so_too(http: httpx.AsyncClient) -> None:
    response = await http.post("/api/boxes/2/rename", json={"name": "x"})
    (found,) = response.json()["errors"]
    told(response, found)
    assert response.status_code == 500
    asked = 'mutation { renameBox(id: 2, input: {name: "x"}) { box { name } errors { code message } } }'
    response = await http.post("/graphql", json={"query": asked})
    payload = response.json()["data"]["renameBox"]
    assert payload["box"] is None
    told(response, {"params": WHOSE, **payload["errors"][0]})
    assert (await http.get("/api/boxes/2?fields=name")).json()["name"] == "bad"
