"""Enums at run time: one for each Python enum by its own name, one for each Literal by where it stands."""

from __future__ import annotations

import inspect
import re
from enum import Enum
from typing import Any

import strawberry

from framework.graphql.enum_names import choice_names, member_names
from framework.graphql.models import python_of
from framework.types.type import Kind, Type


class Enums:
    """The enums of one schema. Each mirrors the stored values, so nothing is written into the author's classes."""

    def __init__(self) -> None:
        self._made: dict[object, type[Enum]] = {}

    def of(self, kind: Type, name: str) -> type[Enum]:
        """The enum of a type of choices; `name` is used for a Literal, which has none of its own."""
        if kind.kind is Kind.ENUM:
            python = python_of(kind)
            return self._make(
                python, python.__name__, member_names({member.name: member.value for member in python}), _doc(python)
            )
        return self._make(name, name, choice_names(kind.choices), None)

    def named(self, name: str, values: dict[str, Any], doc: str) -> type[Enum]:
        """An enum of ours."""
        return self._make(name, name, values, doc)

    def _make(self, key: object, name: str, values: dict[str, Any], doc: str | None) -> type[Enum]:
        if key not in self._made:
            mirror: type[Enum] = Enum(name, values)  # type: ignore[misc]  # names and values are known at run time only
            self._made[key] = strawberry.enum(mirror, name=name, description=doc)
            _describe(self._made[key])
        return self._made[key]


def _describe(made: type[Enum]) -> None:
    """Says the value where the name does not: where it is not the value in capitals."""
    for value in made.__strawberry_definition__.values:  # type: ignore[attr-defined]  # Strawberry puts it there
        if isinstance(value.value, str) and re.sub(r"\W", "_", value.value).upper() != value.name:
            value.description = f"`{value.value}`"


def _doc(of: type[Enum]) -> str | None:
    return inspect.cleandoc(of.__dict__.get("__doc__") or "") or None
