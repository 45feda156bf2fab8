"""Types of values as GraphQL has them: scalars, enums, lists, and the object and input types of Pydantic models."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from framework.graphql.build import Argument, Convert, Field, fill, fill_input, input_type, many, maybe, object_type
from framework.graphql.enums import Enums, choice_named
from framework.graphql.models import JSON_TYPE, field_type, is_plain_model, python_of
from framework.graphql.names import enum_type
from framework.graphql.scalars import scalar_of
from framework.naming import camel
from framework.types.type import Kind, Type
from framework.wire.forms import PLAIN, Form, Spelling, form_of

CHOICES = (Kind.ENUM, Kind.LITERAL)


@dataclass(frozen=True, slots=True)
class OutputType:
    """A type as GraphQL shows it, and the form that its values are written in."""

    annotation: Any
    form: Form = PLAIN


@dataclass(frozen=True, slots=True)
class InputType:
    """A type as GraphQL takes it, and how a value becomes one of ours, where it is not that already."""

    annotation: Any
    convert: Convert | None = None


class Values:
    """The value types of one schema, each made once."""

    def __init__(self) -> None:
        self.enums = Enums()
        self._objects: dict[type[BaseModel], type] = {}
        self._inputs: dict[type[BaseModel], type] = {}
        self._readers: dict[type[BaseModel], dict[str, tuple[str, Convert | None]]] = {}

    def output(self, kind: Type, name: str) -> OutputType:
        """How values of this type are given; `name` names the enum of a Literal."""
        return OutputType(_optional(self._given(kind, name), kind), self._form(kind, name))

    def input(self, kind: Type, name: str) -> InputType:
        """How values of this type are taken."""
        annotation, convert = self._taken(kind, name)
        return InputType(_optional(annotation, kind), convert)

    def _form(self, kind: Type, name: str) -> Form:
        if kind.kind not in CHOICES:
            return form_of(kind)
        return Form(Spelling.CHOICE, tuple((member.value, member.name) for member in self.enums.of(kind, name)))

    def _given(self, kind: Type, name: str) -> Any:
        if kind.kind in CHOICES:
            return self.enums.of(kind, name)
        if kind.kind is Kind.VECTOR:
            return list[float]
        if kind.kind is Kind.LIST and kind.item is not None:
            return many(_optional(self._given(kind.item, name), kind.item))
        if is_plain_model(kind):
            return self._object(python_of(kind))
        return scalar_of(kind) or scalar_of(JSON_TYPE)

    def _taken(self, kind: Type, name: str) -> tuple[Any, Convert | None]:
        if kind.kind in CHOICES:
            mirror = self.enums.of(kind, name)
            return mirror, lambda value: choice_named(mirror, value)
        if kind.kind is Kind.VECTOR:
            return list[float], None
        if kind.kind is Kind.LIST and kind.item is not None:
            item = self.input(kind.item, name)
            return many(item.annotation), _each(item.convert)
        if is_plain_model(kind):
            model = python_of(kind)
            return self._input(model), lambda value: self._read(model, value)
        return scalar_of(kind) or scalar_of(JSON_TYPE), None

    def _object(self, model: type[BaseModel]) -> type:
        if model not in self._objects:
            made = self._objects[model] = object_type(model.__name__, _doc(model))
            fill(made, [self._model_field(model, name, info) for name, info in model.model_fields.items()])
        return self._objects[model]

    def _model_field(self, model: type[BaseModel], name: str, info: FieldInfo) -> Field:
        # A model is dumped as a whole, so its fields are JSON already.
        kind = field_type(info)
        annotation = _optional(self._given(kind, enum_type(model.__name__, name)), kind)
        return Field(camel(name), annotation, info.description or "", source=name)

    def _input(self, model: type[BaseModel]) -> type:
        if model not in self._inputs:
            made = self._inputs[model] = input_type(f"{model.__name__}Input", _doc(model))
            fields = []
            self._readers[model] = {}
            for name, info in model.model_fields.items():
                kind = field_type(info)
                shown = self.input(kind if info.is_required() else kind.optional(), enum_type(model.__name__, name))
                fields.append(Argument(camel(name), shown.annotation, info.description or ""))
                self._readers[model][camel(name)] = (name, shown.convert)
            fill_input(made, fields)
        return self._inputs[model]

    def _read(self, model: type[BaseModel], value: Any) -> Any:
        return read_names(value, self._readers[model])


def read_names(value: Any, names: Mapping[str, tuple[str, Convert | None]]) -> Any:
    """An input object under our own names, each value converted; what was left out stays out."""
    if not isinstance(value, Mapping):
        return value
    found = {}
    for given, item in value.items():
        name, convert = names[given]
        found[name] = item if convert is None or item is None else convert(item)
    return found


def _each(convert: Convert | None) -> Convert | None:
    if convert is None:
        return None
    return lambda values: [item if item is None else convert(item) for item in values]


def _optional(annotation: Any, kind: Type) -> Any:
    return maybe(annotation) if kind.nullable else annotation


def _doc(model: type[BaseModel]) -> str:
    return inspect.cleandoc(model.__dict__.get("__doc__") or "")
