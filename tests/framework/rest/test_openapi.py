"""The OpenAPI document: complete, consistent, true of what is served, and the same every time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import jsonschema  # type: ignore[import-untyped]  # it carries no types
import orjson
import pytest
from pydantic import BaseModel, Field

from framework.compiler.domain import Domain, compile_domain
from framework.declare.actions import Create, Read
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource
from framework.rest.endpoints import endpoints_of
from framework.rest.openapi import openapi_of
from framework.spec.domain import DomainSpec
from tests.framework.rest.conftest import Workshop

Colour = StrEnum("Badge", {"RED": "red", "BLUE": "blue"})  # type: ignore[misc]  # the name is what this is about


@pytest.fixture(scope="module")
def document(domain: DomainSpec) -> dict[str, Any]:
    return openapi_of(domain)


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from ([part["$ref"]] if isinstance(part.get("$ref"), str) else [])
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def holds(document: dict[str, Any], name: str, value: Any) -> None:
    schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(value)


def test_every_route_is_in_it_once(document: dict[str, Any], domain: DomainSpec) -> None:
    said = {
        (method, path): operation["operationId"]
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert said == {(e.method.lower(), f"/api{e.path}"): e.name for e in endpoints_of(domain)}
    assert len(set(said.values())) == len(said)


def test_whatever_it_refers_to_is_there(document: dict[str, Any]) -> None:
    for reference in set(references(document)):
        part: Any = document
        for step in reference.removeprefix("#/").split("/"):
            part = part[step]


def test_it_is_the_same_every_time(document: dict[str, Any], domain: DomainSpec) -> None:
    assert orjson.dumps(document) == orjson.dumps(openapi_of(domain))


def test_every_schema_is_one(document: dict[str, Any]) -> None:
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_an_input_says_what_it_takes_and_nothing_else(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    create = schemas["CreateProgramInput"]
    assert create["additionalProperties"] is False
    assert create["required"] == ["name", "project_id"]
    assert create["properties"]["name"] == {"type": "string", "maxLength": 40, "description": "What it is called."}
    assert create["properties"]["score"]["anyOf"][0] == {"type": "number", "minimum": 0, "maximum": 1}
    assert create["properties"]["project_id"]["format"] == "uuid"
    assert create["properties"]["budget"] == {"$ref": "#/components/schemas/Budget"}
    assert "required" not in schemas["UpdateProgramInput"]
    execute = schemas["ExecuteTriageTicketInput"]["properties"]
    assert execute["team"] == {"type": "string", "enum": ["billing", "technical"], "default": "technical"}


def test_a_record_shows_its_enums_and_its_links(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    program = schemas["Program"]["properties"]
    assert "secret" not in program
    assert program["state"]["$ref"] == "#/components/schemas/State"
    assert schemas["State"]["enum"] == ["draft", "live"]
    assert program["versions"] == {"type": "array", "items": {"$ref": "#/components/schemas/Version"}}
    assert program["version_count"] == {"type": "integer", "format": "int64"}
    result = document["paths"]["/api/programs/triage-ticket/execute"]["post"]["responses"]["200"]["content"]
    assert result["application/json"]["schema"] == {"$ref": "#/components/schemas/Result"}


def test_a_filter_is_typed(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    program = schemas["ProgramFilter"]["properties"]
    assert "secret" not in program
    assert program["project"] == {"$ref": "#/components/schemas/ProjectFilter"}
    assert set(program["versions"]["properties"]) == {"some", "none", "every"}
    assert set(schemas["StringConditions"]["properties"]) >= {"eq", "in", "ilike"}
    assert schemas["StateConditions"]["properties"]["eq"] == {"$ref": "#/components/schemas/State"}


def test_without_a_feed_there_are_no_streams(domain: DomainSpec) -> None:
    paths = openapi_of(domain, streams=False)["paths"]
    assert not [path for path in paths if path.endswith(("/changes", "/progress"))]


class Badge(Resource):
    """Has the name of an enum."""

    id: Attr[UUID] = primary_key()
    colour: Attr[list[Colour]] = attribute()
    browse = Read()


class Address(BaseModel):
    """Where it goes."""

    street_name: str = Field(alias="streetName")


class Order(Resource):
    """Something bought."""

    id: Attr[UUID] = primary_key()
    address: Attr[Address] = attribute()
    amount: Attr[Decimal] = attribute()
    make = Create(accept=[address, amount])


class Hidden(Resource):
    """Something of our own."""

    id: Attr[UUID] = primary_key()
    browse = Read(private=True)


def test_an_enum_makes_way_for_the_resource_of_its_name() -> None:
    schemas = openapi_of(compile_domain(Domain("d", [Badge])))["components"]["schemas"]
    assert schemas["BadgeValue"]["enum"] == ["red", "blue"]
    assert schemas["Badge"]["properties"]["colour"]["items"] == {"$ref": "#/components/schemas/BadgeValue"}


def test_every_list_can_be_asked_by_clients_that_were_generated(document: dict[str, Any]) -> None:
    listing = {each["name"]: each for each in document["paths"]["/api/programs"]["get"]["parameters"]}
    content = {"schema": {"$ref": "#/components/schemas/ProgramFilter"}, "example": {}}
    assert listing["filter"]["content"] == {"application/json": content}
    assert "style" not in listing["filter"]
    assert listing["sort"]["schema"]["items"] == {"$ref": "#/components/schemas/ProgramSort"}
    assert {"name", "-name", "project.slug"} <= set(document["components"]["schemas"]["ProgramSort"]["enum"])
    includes = document["components"]["schemas"]["ProgramInclude"]["enum"]
    assert includes == [
        "project",
        "project.programs",
        "project.programs.project",
        "versions",
        "versions.program",
        "versions.program.project",
    ]


@pytest.mark.parametrize("name", ["sort", "include"])
async def test_every_name_that_is_listed_is_taken(name: str, shop: Workshop, document: dict[str, Any]) -> None:
    for each in document["components"]["schemas"][f"Program{name.title()}"]["enum"]:
        response = await shop.client.get("/api/programs", params={name: each})
        assert response.status_code == 200, response.text


def test_one_record_and_several_are_made_by_operations_of_their_own(document: dict[str, Any]) -> None:
    def schemas(path: str) -> list[Any]:
        operation = document["paths"][path]["post"]
        bodies = operation["requestBody"], operation["responses"]["201"]
        return [body["content"]["application/json"]["schema"] for body in bodies]

    taken, made = {"$ref": "#/components/schemas/CreateProgramInput"}, {"$ref": "#/components/schemas/Program"}
    assert schemas("/api/programs") == [taken, made]
    many = {"type": "array", "items": taken, "minItems": 1, "maxItems": 1000}
    assert schemas("/api/programs/bulk") == [many, {"type": "array", "items": made}]


def test_the_answer_of_a_record_has_everything_that_is_stored(document: dict[str, Any]) -> None:
    program = document["components"]["schemas"]["Program"]
    assert program["required"] == ["id", "name", "score", "budget", "created_at", "state", "project_id"]


def test_what_else_may_be_answered_is_said(document: dict[str, Any]) -> None:
    paths = document["paths"]
    assert "304" in paths["/api/programs/{id}"]["get"]["responses"]
    assert "204" in paths["/api/programs/{id}/progress"]["get"]["responses"]
    after = paths["/api/programs/{id}/progress"]["get"]["parameters"][1]
    assert after["description"] == "The last cursor seen; without it, from the first report."


def test_a_model_within_is_closed_and_decimals_are_digits() -> None:
    schemas = openapi_of(compile_domain(Domain("d", [Order])))["components"]["schemas"]
    assert schemas["Address"]["additionalProperties"] is False
    assert "streetName" not in schemas["Address"]["properties"]
    amount = schemas["MakeOrderInput"]["properties"]["amount"]["anyOf"][1]
    assert re.fullmatch(amount["pattern"], "1.50")
    assert not re.fullmatch(amount["pattern"], "1_0.5")


def test_what_nobody_can_reach_is_not_shown(domain: DomainSpec) -> None:
    document = openapi_of(compile_domain(Domain("d", [Order, Hidden])))
    assert "Hidden" not in document["components"]["schemas"]
    assert [tag["name"] for tag in document["tags"]] == ["Order"]


async def test_what_is_served_is_what_is_said(shop: Workshop, document: dict[str, Any]) -> None:
    project = await shop.project()
    program = await shop.program(project, score=0.5)
    holds(document, "Program", program)
    page = await shop.client.get("/api/programs?include=project,versions&count=exact")
    holds(document, "ProgramPage", page.json())
    holds(document, "ProgramPage", (await shop.client.get("/api/programs?limit=0")).json())
    for response in (
        await shop.client.get("/api/programs?filter[x][eq]=1"),
        await shop.client.post("/api/programs", json={}),
        await shop.client.get("/api/nowhere"),
    ):
        holds(document, "Problem", response.json())


async def test_the_application_serves_it(shop: Workshop) -> None:
    response = await shop.client.get("/openapi.json")
    assert response.json()["openapi"].startswith("3.1")
    assert response.json()["components"]["schemas"]["Program"]["required"][:2] == ["id", "name"]
    assert (await shop.client.get("/docs")).status_code == 200
