"""Pydantic models as GraphQL sees them: which are just their fields, and of what type each field is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, RootModel
from pydantic.fields import FieldInfo

from framework.types.resolve import resolve
from framework.types.type import Kind, Type

JSON_TYPE = Type(Kind.JSON, Any)


def is_plain_model(kind: Type) -> bool:
    """Whether the type is a model that is just its fields, so that GraphQL can say them."""
    if kind.kind is not Kind.MODEL:
        return False
    model = python_of(kind)
    return not issubclass(model, RootModel) and bool(model.model_fields)


def python_of(kind: Type) -> Any:
    """The class of an enum or a model, whatever it is annotated with."""
    return get_args(kind.python)[0] if get_origin(kind.python) is Annotated else kind.python


def field_type(info: FieldInfo) -> Type:
    """The type of a field of a model, with its limits where they are ours too; JSON where we have no type for it."""
    for annotation in (info.rebuild_annotation(), info.annotation):
        with suppress(TypeError):
            return resolve(annotation)
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
        if is_plain_model(inner) and python_of(inner) not in seen:
            model = python_of(inner)
            seen.add(model)
            waiting.extend((field_type(info), model.__name__, field) for field, info in model.model_fields.items())
