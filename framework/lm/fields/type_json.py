"""Types and fields as JSON: `{"kind": "list", "item": {"kind": "str"}, "max_length": 5}`."""

from __future__ import annotations

from typing import Any

from framework.lm.fields.field_types import (
    MISSING,
    DictType,
    FieldDefinition,
    FieldType,
    ListType,
    LiteralType,
    ObjectType,
    OptionalType,
    ScalarType,
    SemanticType,
)


def type_to_json(field_type: FieldType) -> dict[str, Any]:
    """A type as JSON, what it does not say left out."""
    match field_type:
        case ScalarType(kind, minimum, maximum):
            return {"kind": str(kind), **_without_none(minimum=minimum, maximum=maximum)}
        case LiteralType(values):
            return {"kind": "Literal", "values": list(values)}
        case ListType(item, min_length, max_length):
            lengths = _without_none(min_length=min_length, max_length=max_length)
            return {"kind": "list", "item": type_to_json(item), **lengths}
        case DictType(value):
            return {"kind": "dict", "value": type_to_json(value)}
        case OptionalType(item):
            return {"kind": "Optional", "item": type_to_json(item)}
        case ObjectType(fields):
            return {"kind": "object", "fields": [field_to_json(part) for part in fields]}
        case SemanticType(name, size):
            return {"kind": str(name), **_without_none(size=size)}


def field_to_json(field: FieldDefinition) -> dict[str, Any]:
    """A field as JSON; `default` is left out where there is none."""
    data: dict[str, Any] = {"name": field.name, "type": type_to_json(field.type)}
    if field.description:
        data["description"] = field.description
    if field.default is not MISSING:
        data["default"] = field.default
    return data


def _without_none(**limits: float | None) -> dict[str, float]:
    return {name: limit for name, limit in limits.items() if limit is not None}
