"""GraphQL as a client sees it, who knows the schema from introspection."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import httpx

from framework.graphql.names import CAN, action_field, called_as_function
from framework.naming import camel, collection_field, record_field, snake
from framework.spec.domain import DomainSpec
from framework.types.type import Kind
from tests.installation.answer import EVERYTHING, Answer, Asked, Fault

TYPE = "kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } }"
INTROSPECTION = f"""{{ __schema {{ types {{
    kind name fields {{ name type {{ {TYPE} }} args {{ name type {{ {TYPE} }} }} }}
    inputFields {{ name type {{ {TYPE} }} }} }} }} }}"""


@dataclass(frozen=True, slots=True)
class GraphqlClient:
    """Calls the fields of the schema, with variables, and selects everything that is a record's own."""

    domain: DomainSpec = field(repr=False)
    http: httpx.AsyncClient = field(repr=False)
    types: Mapping[str, Any] = field(repr=False)
    name: str = "graphql"

    @classmethod
    async def introspected(cls, domain: DomainSpec, http: httpx.AsyncClient) -> GraphqlClient:
        """A client that has read the schema."""
        response = await http.post("/graphql", json={"query": INTROSPECTION})
        types = response.json()["data"]["__schema"]["types"]
        return cls(domain, http, {each["name"]: each for each in types})

    async def act(self, action: str, id: Any = None, **inputs: Any) -> Answer:  # noqa: A002
        """Calls the mutation of an action."""
        resource, _, name = action.partition(".")
        spec = self.domain.resources[resource]
        field = action_field(spec, spec.actions[name])
        if called_as_function(spec, spec.actions[name]):
            return await self._ask("Mutation", field, {camel(key): value for key, value in inputs.items()})
        given = {} if id is None else {"id": id}
        answer = await self._ask("Mutation", field, given | ({"input": inputs} if inputs else {}))
        if answer.faults:
            return answer
        errors = tuple(_fault(error) for error in answer.value.pop("errors"))
        (value,) = answer.value.values() if answer.value else (None,)
        assert errors == () or value is None
        return Answer(value, errors)

    async def get(self, resource: str, id: Any) -> Answer:  # noqa: A002
        """One record."""
        return await self._ask("Query", record_field(resource), {"id": id})

    async def list(self, resource: str, asked: Asked = EVERYTHING) -> Answer:
        """A page of a connection."""
        given: dict[str, Any] = {"filter": asked.filter, "first": asked.limit, "after": asked.after}
        arguments = {name: value for name, value in given.items() if value is not None}
        if asked.sort:
            arguments["sort"] = [
                {camel(name.removeprefix("-")): "DESC" if name.startswith("-") else "ASC"} for name in asked.sort
            ]
        answer = await self._ask("Query", collection_field(resource), arguments)
        if answer.faults:
            return answer
        page = answer.value["page_info"]
        return Answer({"items": answer.value["nodes"], "next": page["end_cursor"] if page["has_next_page"] else None})

    async def _ask(self, root: str, name: str, given: Mapping[str, Any]) -> Answer:
        """The value of one field, with everything selected that can be."""
        (field,) = (each for each in self.types[root]["fields"] if each["name"] == name)
        kinds = {each["name"]: each["type"] for each in field["args"]}
        said = {key: kinds[key] for key in given}
        declared = ", ".join(f"${key}: {_spelled(kind)}" for key, kind in said.items())
        passed = ", ".join(f"{key}: ${key}" for key in said)
        head = f"{root.lower()}{f'({declared})' if declared else ''}"
        document = f"{head} {{ {name}{f'({passed})' if passed else ''} {self._selection(field['type'])} }}"
        variables = {key: self._taken(given[key], kind) for key, kind in said.items()}
        body = json.dumps({"query": document, "variables": variables}, default=str)
        response = await self.http.post("/graphql", content=body, headers={"content-type": "application/json"})
        answer = response.json()
        if answer.get("errors"):
            return Answer(faults=tuple(_response_fault(error) for error in answer["errors"]))
        return Answer(self._given(answer["data"][name], field["type"]))

    def _selection(self, kind: Mapping[str, Any]) -> str:
        named = _named(kind)
        if named["kind"] != "OBJECT":
            return ""
        fields = self.types[named["name"]]["fields"]
        inner = [f"{each['name']} {self._selection(each['type'])}" for each in self._own(fields, named)]
        return f"{{ {' '.join(inner)} }}"

    def _own(self, fields: Iterable[Any], owner: Mapping[str, Any]) -> Iterator[Any]:
        """The fields that are not other records."""
        inside = owner["name"] in self.domain.resources
        for each in fields:
            target = _named(each["type"])["name"]
            related = target in self.domain.resources or each["name"] == CAN or target.endswith("Connection")
            edges = target.endswith("Edge")
            if not edges and not (inside and related):
                yield each

    def _taken(self, value: Any, kind: Mapping[str, Any]) -> Any:
        """The value as the schema names its parts."""
        named = _named(kind)
        if isinstance(value, list):
            return [self._taken(item, named) for item in value]
        if named["kind"] == "INPUT_OBJECT" and isinstance(value, Mapping):
            kinds = {each["name"]: each["type"] for each in self.types[named["name"]]["inputFields"]}
            parts = {camel(key): item for key, item in value.items()}
            return {key: self._taken(item, kinds[key]) if key in kinds else item for key, item in parts.items()}
        if named["kind"] == "ENUM" and isinstance(value, str):
            return next((key for key, known in self._choices(named["name"]) if known == value), value.upper())
        return value

    def _given(self, value: Any, kind: Mapping[str, Any]) -> Any:
        """The value in the names of the declaration."""
        named = _named(kind)
        if isinstance(value, list) and named["kind"] in ("OBJECT", "ENUM"):
            return [self._given(item, named) for item in value]
        if named["kind"] == "OBJECT" and isinstance(value, Mapping):
            kinds = {each["name"]: each["type"] for each in self.types[named["name"]]["fields"]}
            return {snake(key): self._given(item, kinds[key]) for key, item in value.items()}
        if named["name"] == "BigInt" and value is not None:
            return [int(item) for item in value] if isinstance(value, list) else int(value)
        if named["kind"] == "ENUM" and isinstance(value, str):
            return next((known for key, known in self._choices(named["name"]) if key == value), value.lower())
        return value

    def _choices(self, name: str) -> Iterator[tuple[str, Any]]:
        """Names and stored values of a Python enum of the domain."""
        for spec in self.domain.resources.values():
            for attribute in spec.attributes.values():
                python = attribute.type.python
                if attribute.type.kind is Kind.ENUM and isinstance(python, type) and python.__name__ == name:
                    assert issubclass(python, Enum)
                    yield from ((member.name, member.value) for member in python)


def _named(kind: Mapping[str, Any]) -> Mapping[str, Any]:
    while kind["kind"] in ("NON_NULL", "LIST"):
        kind = kind["ofType"]
    return kind


def _spelled(kind: Mapping[str, Any]) -> str:
    match kind["kind"]:
        case "NON_NULL":
            return f"{_spelled(kind['ofType'])}!"
        case "LIST":
            return f"[{_spelled(kind['ofType'])}]"
    return str(kind["name"])


def _fault(error: Mapping[str, Any]) -> Fault:
    path = tuple(snake(step) for step in error["path"])
    return Fault(error["code"], path, error["message"], error["hint"], error["params"])


def _response_fault(error: Mapping[str, Any]) -> Fault:
    said = error["extensions"]
    path = tuple(snake(step) for step in said.get("path", ()))
    return Fault(said["code"], path, error["message"], said.get("hint"), said.get("params", {}))
