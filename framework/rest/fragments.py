"""JSON Schema of every type a domain uses, made in one go so that what they share has one name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec
from framework.types.scalar_forms import DECIMAL
from framework.types.type import Type
from framework.wire.operands import FLAG, TEXT, comparable

Schema = dict[str, Any]
Mode = Literal["validation", "serialization"]
Key = tuple[Type, Mode]
INT_32, INT_64 = 2**31, 2**63
TEMPLATE = "#/components/schemas/{model}"


class Schemas(GenerateJsonSchema):
    """Pydantic's schemas, as strict as we read: no names that a model lacks, decimals as digits."""

    def model_schema(self, schema: core_schema.ModelSchema) -> Schema:
        """A model takes nothing but its fields, unless it says so itself."""
        found = super().model_schema(schema)
        closed = found.get("type") == "object" and "extra" not in schema["cls"].model_config
        return {**found, "additionalProperties": False} if closed else found

    def int_schema(self, schema: core_schema.IntSchema) -> Schema:
        """A JSON number, and how many bits it takes: a reader whose numbers have less than 64 has to know."""
        found = super().int_schema(schema)
        small = found.get("minimum", -INT_64) >= -INT_32 and found.get("maximum", INT_64) < INT_32
        return {**found, "format": "int32" if small else "int64"}

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> Schema:
        """Digits with a point, perhaps with an exponent; as a number only what is whole, for that is exact."""
        found = super().decimal_schema(schema)
        for way in found.get("anyOf", [found]):
            if way["type"] == "string":
                way.setdefault("pattern", f"^{DECIMAL.pattern}$")
            elif way["type"] == "number":
                way["type"] = "integer"
        return found


@dataclass(frozen=True, slots=True)
class Fragments:
    """The schema of each type, as it is sent in (`taken`) or given out (`given`), and what those refer to."""

    schemas: Mapping[Key, Schema]
    definitions: Mapping[str, Schema]

    def taken(self, kind: Type) -> Schema:
        """How a client writes a value of this type."""
        return dict(self.schemas[kind, "validation"])

    def given(self, kind: Type) -> Schema:
        """How a client reads one."""
        return dict(self.schemas[kind, "serialization"])


def fragments_of(domain: DomainSpec) -> Fragments:
    """The schemas of all types that the public face of a domain shows."""
    wanted = list(dict.fromkeys(_keys(domain)))
    adapters: list[tuple[int, Mode, TypeAdapter[Any]]] = [
        (number, mode, TypeAdapter(kind.annotation)) for number, (kind, mode) in enumerate(wanted)
    ]
    made, shared = TypeAdapter.json_schemas(adapters, by_alias=False, ref_template=TEMPLATE, schema_generator=Schemas)
    definitions = shared.get("$defs", {})
    # An enum or model with the name of a resource makes way for it.
    names = {name: f"{name}Value" for name in definitions if name in domain.resources}
    schemas = {key: _renamed(made[number, key[1]], names) for number, key in enumerate(wanted)}
    return Fragments(schemas, {names.get(name, name): _renamed(found, names) for name, found in definitions.items()})


def _keys(domain: DomainSpec) -> Iterator[Key]:
    yield from ((TEXT, "validation"), (FLAG, "validation"))
    for spec in domain.resources.values():
        yield from _of(spec)


def _renamed(schema: Any, names: Mapping[str, str]) -> Any:
    if not names:
        return schema
    if isinstance(schema, list):
        return [_renamed(item, names) for item in schema]
    if not isinstance(schema, dict):
        return schema
    references = {TEMPLATE.format(model=old): TEMPLATE.format(model=new) for old, new in names.items()}
    return {
        key: references.get(value, value) if key == "$ref" else _renamed(value, names) for key, value in schema.items()
    }


def _of(spec: ResourceSpec) -> Iterator[Key]:
    for value in spec.public_values.values():
        yield value.type, "serialization"
        yield comparable(value.type), "validation"
    for action in spec.public_actions.values():
        taken: Iterable[Type] = (
            *(spec.attributes[name].type for name in action.accept),
            *(argument.type for argument in action.arguments.values()),
        )
        for kind in taken:
            yield kind, "validation"
        if action.returns is not None:
            yield action.returns, "serialization"
