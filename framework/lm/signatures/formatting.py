"""The text form of a signature, written: one canonical text for each definition, which reads back as the same."""

from __future__ import annotations

import json
from typing import Any

from framework.lm.fields.field_types import (
    TEXT,
    DictType,
    FieldType,
    ListType,
    LiteralType,
    ObjectType,
    OptionalType,
    ScalarType,
    SemanticType,
)
from framework.lm.signatures.definition import MISSING, FieldDefinition, SignatureDefinition


def format_signature(definition: SignatureDefinition) -> str:
    """The signature on one line; its instructions are no part of the text."""
    return f"{_fields(definition.inputs)} -> {_fields(definition.outputs)}"


def format_type(field_type: FieldType) -> str:
    """A type as it is written."""
    match field_type:
        case ScalarType(kind, minimum, maximum):
            return f"{kind}{_range(minimum, maximum)}"
        case LiteralType(values):
            return f"Literal[{', '.join(_literal(value) for value in values)}]"
        case ListType(item, minimum, maximum):
            return f"list[{format_type(item)}]{_range(minimum, maximum)}"
        case DictType(value):
            return f"dict[str, {format_type(value)}]"
        case OptionalType(item):
            return f"{format_type(item)} | None"
        case ObjectType(fields):
            return f"{{{_fields(fields)}}}"
        case SemanticType(name, size):
            return f"{name}" if size is None else f"{name}[{size}]"


def format_field(field: FieldDefinition) -> str:
    """A field as it is written: a plain string without anything is its name alone."""
    text = field.name if field.type == TEXT else f"{field.name}: {format_type(field.type)}"
    if field.default is not MISSING:
        text += f" = {_value(field.default)}"
    return f"{text} {_value(field.description)}" if field.description else text


def _fields(fields: tuple[FieldDefinition, ...]) -> str:
    return ", ".join(format_field(field) for field in fields)


def _range(minimum: float | None, maximum: float | None) -> str:
    if minimum is None and maximum is None:
        return ""
    return f"[{_limit(minimum)}..{_limit(maximum)}]"


def _limit(limit: float | None) -> str:
    return "" if limit is None else repr(limit).removesuffix(".0")


def _literal(value: str | int) -> str:
    if not isinstance(value, str):
        return repr(value)
    inside = json.dumps(value, ensure_ascii=False)[1:-1].replace('\\"', '"').replace("'", "\\'")
    return f"'{inside}'"


def _value(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
