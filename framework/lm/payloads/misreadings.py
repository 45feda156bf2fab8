"""What Pydantic would take for another value than was meant, and what DSPy would leave out of a prompt."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from framework.errors import Issue, Path
from framework.lm.fields.field_types import (
    DictType,
    FieldType,
    ListType,
    ObjectType,
    OptionalType,
    Scalar,
    ScalarType,
    Semantic,
    SemanticType,
)
from framework.lm.payloads.payload_faults import dotted
from framework.lm.signatures.definition import FieldDefinition, SignatureDefinition

_NUMBER = re.compile(r"\s*[+-]?\d+(\.\d*)?\s*")
_MOMENTS = {
    Scalar.DATE: "is not a date (YYYY-MM-DD)",
    Scalar.DATETIME: "is not a date and time (ISO 8601)",
}


def misread_moments(fields: Sequence[FieldDefinition], values: Mapping[str, Any], side: str) -> Iterator[Issue]:
    """Numbers where a moment is meant: Pydantic counts them as seconds since 1970, so that a year becomes that one."""
    for field in fields:
        if field.name in values:
            yield from _moments(field.type, values[field.name], (side, field.name))


def lost_turns(definition: SignatureDefinition, values: Mapping[str, Any]) -> Iterator[Issue]:
    """Turns of a conversation that say nothing of one side of the signature, so that DSPy would show that empty."""
    for field in definition.inputs:
        inner = field.type.item if isinstance(field.type, OptionalType) else field.type
        if inner != SemanticType(Semantic.HISTORY):
            continue
        others = [name for name in definition.input_names if name != field.name]
        for position, turn in enumerate(values.get(field.name) or ()):
            if not (turn.keys() & set(definition.output_names) and (turn.keys() & set(others) or not others)):
                message = f"`{field.name}[{position}]` does not say an input and an output of the signature"
                shape = ", ".join(f'"{name}": …' for name in (*others, *definition.output_names))
                yield Issue("bad_turn", message, ("inputs", field.name, position), {}, f"write a turn as {{{shape}}}")


def in_utc(value: Any) -> Any:
    """The value with every moment in it in UTC, so that one moment is one text."""
    match value:
        case datetime():
            return value.astimezone(UTC)
        case list():
            return list(map(in_utc, value))
        case dict():
            return {name: in_utc(part) for name, part in value.items()}
        case BaseModel():
            return value.model_copy(update={name: in_utc(part) for name, part in value})
        case _:
            return value


def _moments(field_type: FieldType, value: Any, path: Path) -> Iterator[Issue]:
    wanted = _MOMENTS.get(field_type.kind) if isinstance(field_type, ScalarType) else None
    if wanted and (isinstance(value, int | float) or (isinstance(value, str) and _NUMBER.fullmatch(value))):
        yield Issue("wrong_format", f"`{dotted(path[1:])}` {wanted}", path)
    for step, inner, part in _parts(field_type, value):
        yield from _moments(inner, part, (*path, *step))


def _parts(field_type: FieldType, value: Any) -> Iterator[tuple[Path, FieldType, Any]]:
    """The parts of a value, each with its step and its type."""
    match field_type:
        case OptionalType(item):
            yield (), item, value
        case ListType(item) if isinstance(value, list | tuple):
            yield from (((position,), item, each) for position, each in enumerate(value))
        case DictType(inner) if isinstance(value, Mapping):
            yield from (((name,), inner, each) for name, each in value.items())
        case ObjectType(parts) if isinstance(value, Mapping):
            yield from (((part.name,), part.type, value[part.name]) for part in parts if part.name in value)
