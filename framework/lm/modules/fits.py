"""Whether a value of one type is always one of another, as far as types can tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from framework.lm.fields.field_types import (
    DictType,
    FieldDefinition,
    FieldType,
    ListType,
    LiteralType,
    ObjectType,
    OptionalType,
    Scalar,
    ScalarType,
    Semantic,
    SemanticType,
)

_PYTHON = {Scalar.STR: str, Scalar.INT: int, Scalar.BOOL: bool}
_SAID_AS: Mapping[Semantic, FieldType] = {
    Semantic.PROBABILITY: ScalarType(Scalar.FLOAT),
    Semantic.SCORE: ScalarType(Scalar.FLOAT),
    Semantic.REASONING: ScalarType(Scalar.STR),
    Semantic.EMBEDDING: ListType(ScalarType(Scalar.FLOAT)),
}


def fits(given: FieldType | None, wanted: FieldType) -> bool:
    """Limits are left to the validation of the value; None is a type that nobody knows, which may fit."""
    if given is None or given == wanted:
        return True
    if isinstance(wanted, OptionalType):
        return fits(given.item if isinstance(given, OptionalType) else given, wanted.item)
    given, wanted = _plain(given), _plain(wanted)
    match given, wanted:
        case ScalarType(kind), ScalarType(other):
            return kind is other or (kind is Scalar.INT and other is Scalar.FLOAT)
        case LiteralType(values), LiteralType(others):
            return {*values} <= {*others}
        case LiteralType(values), ScalarType(Scalar.STR | Scalar.INT | Scalar.BOOL as kind):
            return {type(each) for each in values} == {_PYTHON[kind]}
        case (ListType(inner), ListType(other)) | (DictType(inner), DictType(other)):
            return fits(inner, other)
        case ObjectType(fields), ObjectType(others):
            return _parts_fit({part.name: part.type for part in fields}, others)
        case _:
            return given == wanted


def _parts_fit(given: Mapping[str, FieldType], wanted: Sequence[FieldDefinition]) -> bool:
    needed = {part.name for part in wanted if part.required}
    if not needed <= given.keys() <= {part.name for part in wanted}:
        return False
    return all(fits(given[part.name], part.type) for part in wanted if part.name in given)


def _plain(field_type: FieldType) -> FieldType:
    if isinstance(field_type, SemanticType):
        return _SAID_AS.get(field_type.name, field_type)
    return field_type
