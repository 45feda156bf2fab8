"""The schemas of filters: for every resource what can be asked of it, for every type how."""

from __future__ import annotations

from collections.abc import Iterable

from framework.naming import pascal
from framework.rest.bodies import ref
from framework.rest.fragments import Fragments, Schema
from framework.spec.domain import DomainSpec
from framework.spec.relationship import RelationshipSpec
from framework.spec.resource import ResourceSpec
from framework.types.type import Kind, Type
from framework.wire.filters import QUANTIFIERS
from framework.wire.operands import FLAG, TEXT, comparable
from framework.wire.operators import MATCHES, operators_of


def filter_name(spec: ResourceSpec) -> str:
    """`Program` → `ProgramFilter`."""
    return f"{spec.name}Filter"


def filter_schemas(domain: DomainSpec, shown: Iterable[ResourceSpec], fragments: Fragments) -> dict[str, Schema]:
    """The filter of every resource that is shown, and the conditions they are made of."""
    schemas: dict[str, Schema] = {}
    for spec in shown:
        properties: dict[str, Schema] = {}
        for name, value in spec.public_values.items():
            conditions = _conditions(value.type, fragments)
            shared = _shared_name(value.type)
            if shared is not None:
                schemas[shared] = conditions
            properties[name] = conditions if shared is None else ref(shared)
        for name, link in spec.public_relationships.items():
            properties[name] = _linked(link, domain)
        own = ref(filter_name(spec))
        properties |= {"and": {"type": "array", "items": own}, "or": {"type": "array", "items": own}, "not": own}
        schemas[filter_name(spec)] = {"type": "object", "additionalProperties": False, "properties": properties}
    return schemas


def _linked(link: RelationshipSpec, domain: DomainSpec) -> Schema:
    target = ref(filter_name(domain.target(link)))
    if not link.many:
        return target
    quantified = dict.fromkeys(QUANTIFIERS, target)
    return {"type": "object", "additionalProperties": False, "properties": quantified}


def _conditions(kind: Type, fragments: Fragments) -> Schema:
    operators = {name: _operand(name, kind, fragments) for name in operators_of(kind)}
    return {"type": "object", "additionalProperties": False, "properties": operators}


def _operand(operator: str, kind: Type, fragments: Fragments) -> Schema:
    if operator == "is_null":
        return fragments.taken(FLAG)
    if operator in MATCHES:
        return fragments.taken(TEXT)
    value = fragments.taken(comparable(kind))
    return {"type": "array", "items": value} if operator in ("in", "not_in") else value


def _shared_name(kind: Type) -> str | None:
    """Types of one kind are asked alike, but for those that bring names or parts of their own."""
    if kind.kind in (Kind.LITERAL, Kind.LIST, Kind.MAP, Kind.MODEL, Kind.JSON, Kind.VECTOR):
        return None
    # A type with a pattern or the like of its own, said as `Annotated`.
    if not isinstance(kind.python, type) and kind.kind is not Kind.DATETIME:
        return None
    return f"{kind.python.__name__ if kind.kind is Kind.ENUM else pascal(kind.kind)}Conditions"
