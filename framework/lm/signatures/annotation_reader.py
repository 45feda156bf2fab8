"""Python annotations, read as field types: what a developer writes in the class form."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from framework.errors import Invalid
from framework.lm.fields.field_types import (
    MISSING,
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
from framework.lm.fields.semantic_types import Citation
from framework.lm.fields.type_names import hint_for
from framework.lm.fields.type_rules import DEEPEST
from framework.lm.signatures.class_fields import ClassField, Side

_SCALARS = {
    str: Scalar.STR,
    int: Scalar.INT,
    float: Scalar.FLOAT,
    bool: Scalar.BOOL,
    date: Scalar.DATE,
    datetime: Scalar.DATETIME,
}
_LIMITS = ("ge", "le", "min_length", "max_length")


def type_of(annotation: Any, where: str, *, depth: int = 1) -> FieldType:
    """The field type of an annotation; `where` names it in messages (`Triage.team`)."""
    if depth > DEEPEST:
        raise Invalid(f"`{where}`: types nest at most {DEEPEST} deep", code="too_deep")
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _annotated(arguments[0], arguments[1:], where, depth)
    if origin is Literal:
        return _literal(arguments, where)
    if origin in (Union, UnionType):
        return _union(arguments, where, depth)
    if origin is list:
        return ListType(type_of(arguments[0], where, depth=depth + 1))
    if origin is dict and arguments[0] is str:
        return DictType(type_of(arguments[1], where, depth=depth + 1))
    if isinstance(annotation, type) and origin is None:
        return _class(annotation, where, depth)
    raise _unknown(annotation, where)


def annotations_of(cls: type) -> dict[str, Any]:
    """The annotations of a class and of the classes it is made from, evaluated."""
    found: dict[str, Any] = {}
    for owner in reversed(cls.__mro__):
        try:
            found |= inspect.get_annotations(owner, eval_str=True)
        except NameError as error:
            message = f"`{cls.__name__}`: an annotation names `{error.name}`, which its module does not know"
            raise Invalid(message, code="unknown_type", hint="define the class at the top level of a module") from None
    return found


def fields_of(cls: type, *, depth: int = 1) -> Iterator[tuple[Side | None, FieldDefinition]]:
    """Each annotated name of a class: the side it says, if any, and the field."""
    for name, annotation in annotations_of(cls).items():
        where = f"{cls.__name__}.{name}"
        field = FieldDefinition(name, type_of(annotation, where, depth=depth))
        declared = getattr(cls, name, None)
        if declared is None:
            yield None, field
        elif isinstance(declared, ClassField):
            default = declared.default if declared.default is MISSING else to_jsonable_python(declared.default)
            yield declared.side, replace(field, description=declared.description, default=default)
        else:
            message = f"`{where}`: a default is said as `input(default=…)`, `output(default=…)` or `part(default=…)`"
            raise Invalid(message, code="bad_default")


def _class(cls: type, where: str, depth: int) -> FieldType:
    if cls in _SCALARS:
        return ScalarType(_SCALARS[cls])
    if cls is Citation:
        return SemanticType(Semantic.CITATION)
    if cls.__module__ == "builtins" or not annotations_of(cls):
        raise _unknown(cls, where)
    parts = []
    for side, field in fields_of(cls, depth=depth + 1):
        if side not in (None, Side.PART):
            raise Invalid(f"`{cls.__name__}.{field.name}`: a part of an object is said as `part(…)`", code="bad_type")
        parts.append(field)
    return ObjectType(tuple(parts))


def _literal(values: tuple[Any, ...], where: str) -> LiteralType:
    if not all(isinstance(value, str | int) for value in values):
        raise Invalid(f"`{where}`: a Literal lists strings, integers and booleans", code="bad_literal")
    return LiteralType(values)


def _union(members: tuple[Any, ...], where: str, depth: int) -> OptionalType:
    others = [member for member in members if member is not NoneType]
    if len(others) != 1 or len(members) != 2:
        raise Invalid(f"`{where}`: a value has one type: only `| None` may follow", code="bad_type")
    return OptionalType(type_of(others[0], where, depth=depth + 1))


def _annotated(inner: Any, notes: tuple[Any, ...], where: str, depth: int) -> FieldType:
    for note in notes:
        if isinstance(note, SemanticType):
            return note
    plain = type_of(inner, where, depth=depth)
    limits = _limits(notes, where)
    if isinstance(plain, ScalarType) and plain.kind is Scalar.STR:
        names = {"min_length": "minimum", "max_length": "maximum"}
    elif isinstance(plain, ScalarType):
        names = {"ge": "minimum", "le": "maximum"}
    else:
        names = {"min_length": "min_length", "max_length": "max_length"} if isinstance(plain, ListType) else {}
    for limit in limits:
        if limit not in names:
            raise Invalid(f"`{where}`: `{limit}` does not limit a value of this type", code="bad_limit")
    return replace(plain, **{names[limit]: value for limit, value in limits.items()})


def _limits(notes: tuple[Any, ...], where: str) -> dict[str, Any]:
    """What the notes of an annotation say: those of `Field(…)` or of annotated-types, which Pydantic made of them."""
    limits: dict[str, Any] = {}
    for note in notes:
        for single in note.metadata if isinstance(note, FieldInfo) else (note,):
            declared = {name: getattr(single, name) for name in _LIMITS if getattr(single, name, None) is not None}
            if not declared:
                raise Invalid(f"`{where}`: the limits are `ge`, `le`, `min_length` and `max_length`", code="bad_limit")
            limits |= declared
    return limits


def _unknown(annotation: Any, where: str) -> Invalid:
    shown = getattr(annotation, "__name__", None) or str(annotation)
    hint = hint_for(shown)
    return Invalid(f"`{where}`: there is no type `{shown[:80]}`", code="unknown_type", hint=hint)
