"""From a Python annotation to a type: `Attr[float | None]` says `Type(FLOAT, nullable=True)`."""

from __future__ import annotations

import types
from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from operator import getitem
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

from pydantic import AwareDatetime, BaseModel
from pydantic_core import SchemaError

from framework.types.limits import type_mismatches
from framework.types.type import UNLIMITED, Kind, Limits, Type

SCALARS: dict[Any, Type] = {
    str: Type(Kind.STRING, str),
    int: Type(Kind.INTEGER, int),
    float: Type(Kind.FLOAT, float),
    bool: Type(Kind.BOOLEAN, bool),
    Decimal: Type(Kind.DECIMAL, Decimal),
    UUID: Type(Kind.UUID, UUID),
    date: Type(Kind.DATE, date),
    datetime: Type(Kind.DATETIME, AwareDatetime),
    timedelta: Type(Kind.DURATION, timedelta),
    dict: Type(Kind.JSON, dict[str, Any]),
}
BOUNDS = (str, int, float, Decimal, date, timedelta)
CHOICES = (str, int, bool)
THERE_ARE = (
    "there are str, int, float, bool, Decimal, UUID, date, datetime, timedelta, enums, Literal, list[...], "
    "dict[str, ...], Vector, Pydantic models and Any"
)
# Pydantic finds some limits wrong only when it first meets a value of the type.
PROBES: dict[Kind, Any] = {
    Kind.STRING: "",
    Kind.INTEGER: 0,
    Kind.FLOAT: 0.0,
    Kind.BOOLEAN: True,
    Kind.DECIMAL: Decimal(0),
    Kind.UUID: UUID(int=0),
    Kind.DATE: date(2000, 1, 1),
    Kind.DURATION: timedelta(),
    Kind.LIST: [],
    Kind.MAP: {},
}


class Vector(list[float]):
    """A pgvector embedding: `Attr[Vector]` with `attribute(dimensions=384)`."""


def resolve(annotation: Any, limits: Limits = UNLIMITED, dimensions: int | None = None) -> Type:
    """The type an annotation means; `TypeError` says which part of it we have no type for."""
    found = _resolve(annotation)
    if found.kind is Kind.VECTOR and not dimensions:
        raise TypeError("a Vector needs its number of dimensions: attribute(dimensions=384)")
    if found.kind is not Kind.VECTOR and dimensions is not None:
        raise TypeError("only a Vector has dimensions")
    bounded = replace(found, limits=replace(found.limits, **limits.said()), dimensions=dimensions)
    if wrong := "; ".join(type_mismatches(bounded)):
        raise TypeError(wrong)
    if limits.pattern is not None or get_origin(found.python) is Annotated:
        _try(bounded)
    return bounded


def _resolve(annotation: Any) -> Type:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _annotated(args[0], annotation)
    if origin in (Union, types.UnionType):
        return _union(annotation)
    if origin is Literal:
        return _literal(annotation)
    if annotation is Any:
        return Type(Kind.JSON, Any)
    if origin is list:
        return Type(Kind.LIST, list, item=resolve(args[0]))
    if origin is dict:
        if args[0] is not str:
            raise TypeError(f"{annotation}: the keys of a map are strings")
        return Type(Kind.JSON, annotation) if args[1] is Any else Type(Kind.MAP, dict, item=resolve(args[1]))
    if isinstance(annotation, type):
        return _class(annotation)
    raise TypeError(f"there is no type for {annotation!r}; {THERE_ARE}")


def _union(annotation: Any) -> Type:
    members = [member for member in get_args(annotation) if member is not type(None)]
    if len(members) != 1:
        raise TypeError(f"{annotation} is a union of several types; a value has one type, or that and None")
    return _resolve(members[0]).optional()


def _annotated(inner: Any, annotation: Any) -> Type:
    """What is annotated, with the annotation kept for Pydantic: `Annotated[str, Field(max_length=80)]`."""
    plain = _resolve(inner)
    # Written as a subscription, a type checker would read what is only known when this runs.
    kept = getitem(Annotated, (plain.required().annotation, *annotation.__metadata__))
    return replace(plain, python=kept, limits=_limits(annotation.__metadata__))


def _limits(metadata: Iterable[Any]) -> Limits:
    """The limits that an annotation says, where they are ours too: the database upholds those as well."""
    parts = [part for said in metadata for part in (said, *getattr(said, "metadata", ()))]
    names = [field.name for field in fields(Limits)]
    found: dict[str, Any] = {
        name: bound for part in parts for name in names if isinstance(bound := getattr(part, name, None), BOUNDS)
    }
    return Limits(**found)


def _literal(annotation: Any) -> Type:
    choices = tuple(choice for choice in get_args(annotation) if choice is not None)
    if not all(type(choice) in CHOICES for choice in choices):
        raise TypeError(f"{annotation}: a Literal lists texts, whole numbers or booleans")
    nullable = len(choices) < len(get_args(annotation))
    return Type(Kind.LITERAL, Literal.__getitem__(choices), nullable, choices=choices)


def _class(annotation: type) -> Type:
    if annotation in SCALARS:
        return SCALARS[annotation]
    if issubclass(annotation, Vector):
        return Type(Kind.VECTOR, Vector)
    if issubclass(annotation, Enum):
        choices = tuple(member.value for member in annotation)
        if not choices or not all(isinstance(choice, CHOICES) for choice in choices):
            raise TypeError(f"{annotation.__name__}: an enum lists texts or whole numbers, at least one")
        return Type(Kind.ENUM, annotation, choices=choices)
    if issubclass(annotation, BaseModel):
        return Type(Kind.MODEL, annotation)
    raise TypeError(f"there is no type for {annotation.__name__}; {THERE_ARE}")


def _try(kind: Type) -> None:
    try:
        kind.cast(PROBES.get(kind.kind))
    except (SchemaError, TypeError) as error:
        raise TypeError(f"Pydantic does not take these limits: {' '.join(str(error).split())}") from None
