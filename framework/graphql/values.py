"""Types of values as GraphQL has them: scalars, enums, lists, and the object and input types of Pydantic models."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from strawberry.scalars import ID

from framework.graphql.build import Argument, Field, fill, fill_input, input_type, many, maybe, object_type
from framework.graphql.enums import Enums
from framework.graphql.input_forms import AS_GIVEN, DIGITS, Choice, Fields, InputForm, Items
from framework.graphql.models import JSON_TYPE, field_type, is_plain_model, python_of
from framework.graphql.names import enum_type
from framework.graphql.scalars import BigInt, scalar_of
from framework.graphql.shown_types import ShownTypes
from framework.naming import camel
from framework.types.type import Kind, Type
from framework.wire.forms import PLAIN, TEXT, Form, Spelling, form_of

CHOICES = (Kind.ENUM, Kind.LITERAL)
# What Python writes as it is, or in another way.
AS_TEXT = (ID, BigInt)


@dataclass(frozen=True, slots=True)
class OutputType:
    """A type as GraphQL shows it, and the form that its values are written in."""

    annotation: Any
    form: Form = PLAIN


@dataclass(frozen=True, slots=True)
class InputType:
    """A type as GraphQL takes it, and the form that its values are read by."""

    annotation: Any
    form: InputForm = AS_GIVEN


class Values:
    """The value types of one schema, each made once."""

    def __init__(self, types: ShownTypes) -> None:
        self.types = types
        self.enums = Enums()
        self._objects: dict[type[BaseModel], type] = {}
        self._inputs: dict[type[BaseModel], type] = {}
        self._fields: dict[type[BaseModel], dict[str, tuple[str, InputForm]]] = {}

    def output(self, kind: Type, name: str) -> OutputType:
        """How values of this type are given; `name` names the enum of a Literal."""
        return OutputType(_optional(self._given(kind, name), kind), self._form(kind, name))

    def input(self, kind: Type, name: str) -> InputType:
        """How values of this type are taken."""
        taken = self._taken(kind, name)
        return InputType(_optional(taken.annotation, kind), taken.form)

    def _form(self, kind: Type, name: str) -> Form:
        if scalar_of(kind) in AS_TEXT:
            return TEXT
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

    def _taken(self, kind: Type, name: str) -> InputType:
        if kind.kind in CHOICES:
            mirror = self.enums.of(kind, name)
            return InputType(mirror, Choice({member.name: member.value for member in mirror}))
        if kind.kind is Kind.VECTOR:
            return InputType(list[float])
        if kind.kind is Kind.LIST and kind.item is not None:
            item = self.input(kind.item, name)
            return InputType(many(item.annotation), Items(item.form))
        if is_plain_model(kind):
            model = python_of(kind)
            return InputType(self._input(model), Fields(self._fields[model]))
        form = DIGITS if kind.python is ID and kind.kind is Kind.INTEGER else AS_GIVEN
        return InputType(scalar_of(kind) or scalar_of(JSON_TYPE), form)

    def _object(self, model: type[BaseModel]) -> type:
        if model not in self._objects:
            made = self._objects[model] = object_type(model.__name__, _doc(model))
            fill(made, [self._model_field(model, name, info) for name, info in model.model_fields.items()])
        return self._objects[model]

    def _model_field(self, model: type[BaseModel], name: str, info: FieldInfo) -> Field:
        # A model is dumped as a whole, so its fields are JSON already.
        kind = self.types.named(name, field_type(info))
        annotation = _optional(self._given(kind, enum_type(model.__name__, name)), kind)
        return Field(camel(name), annotation, info.description or "", source=name)

    def _input(self, model: type[BaseModel]) -> type:
        if model not in self._inputs:
            made = self._inputs[model] = input_type(f"{model.__name__}Input", _doc(model))
            fields = []
            self._fields[model] = {}
            for name, info in model.model_fields.items():
                kind = self.types.named(name, field_type(info))
                shown = self.input(kind if info.is_required() else kind.optional(), enum_type(model.__name__, name))
                fields.append(Argument(camel(name), shown.annotation, info.description or ""))
                self._fields[model][camel(name)] = (name, shown.form)
            fill_input(made, fields)
        return self._inputs[model]


def _optional(annotation: Any, kind: Type) -> Any:
    return maybe(annotation) if kind.nullable else annotation


def _doc(model: type[BaseModel]) -> str:
    return inspect.cleandoc(model.__dict__.get("__doc__") or "")
