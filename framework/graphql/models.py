"""Pydantic models as GraphQL sees them: which are just their fields, and of what type each field is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, RootModel
from pydantic.fields import FieldInfo

from framework.types.resolve import resolve
from framework.types.type import Kind, Type

JSON_TYPE = Type(Kind.JSON, Any)


def is_plain_model(kind: Type) -> bool:
    """Whether the type is a model that is just its fields, so that GraphQL can say them."""
    return kind.kind is Kind.MODEL and not issubclass(kind.python, RootModel) and bool(kind.python.model_fields)


def field_type(info: FieldInfo) -> Type:
    """The type of a field of a model; JSON where we have no type for it."""
    try:
        return resolve(info.annotation)
    except TypeError:
        return JSON_TYPE if info.is_required() else JSON_TYPE.optional()


def nested(kind: Type, owner: str, name: str) -> Iterator[tuple[Type, str, str]]:
    """The type and every type inside it, each with the name of what it stands in and its own name there."""
    seen: set[type[BaseModel]] = set()
    waiting = [(kind, owner, name)]
    while waiting:
        inner, inside, called = waiting.pop()
        yield inner, inside, called
        if inner.item is not None:
            waiting.append((inner.item, inside, called))
        if is_plain_model(inner) and inner.python not in seen:
            seen.add(inner.python)
            fields = inner.python.model_fields.items()
            waiting.extend((field_type(info), inner.python.__name__, field) for field, info in fields)
