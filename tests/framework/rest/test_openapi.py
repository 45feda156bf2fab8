"""The OpenAPI document: complete, consistent, true of what is served, and the same every time."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any
from uuid import UUID

import jsonschema  # type: ignore[import-untyped]  # it carries no types
import orjson
import pytest

from framework.compiler.domain import Domain, compile_domain
from framework.declare.actions import Read
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
    assert program["version_count"] == {"type": "integer"}
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


def test_an_enum_makes_way_for_the_resource_of_its_name() -> None:
    schemas = openapi_of(compile_domain(Domain("d", [Badge])))["components"]["schemas"]
    assert schemas["BadgeValue"]["enum"] == ["red", "blue"]
    assert schemas["Badge"]["properties"]["colour"]["items"] == {"$ref": "#/components/schemas/BadgeValue"}


async def test_what_is_served_is_what_is_said(shop: Workshop, document: dict[str, Any]) -> None:
    project = await shop.project()
    program = await shop.program(project, score=0.5)
    holds(document, "Program", program)
    page = await shop.client.get("/api/programs?include=project,versions&fields=name,version_count&count=true")
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
    assert response.json()["components"]["schemas"]["Program"]["required"] == ["id"]
    assert (await shop.client.get("/docs")).status_code == 200
