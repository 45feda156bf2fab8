"""What an action takes, as an input type, and how that becomes the input of a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from framework.graphql.build import Argument, fill_input, input_type
from framework.graphql.input_forms import Fields, InputForm, read
from framework.graphql.names import enum_type
from framework.graphql.names import input_type as input_name
from framework.graphql.shown_types import ShownTypes
from framework.graphql.values import InputType, Values
from framework.naming import camel, pascal
from framework.spec.action import ActionKind, ActionSpec
from framework.spec.resource import ResourceSpec
from framework.types.type import Type


@dataclass(frozen=True, slots=True)
class ActionInputs:
    """The inputs of an action: as arguments, and the form that a mapping of them is read by."""

    arguments: tuple[Argument, ...]
    form: Fields
    required: bool

    def read(self, given: Mapping[str, Any] | None) -> dict[str, Any]:
        """The input under our own names; what was left out stays out, and null stays null."""
        return {} if given is None else dict(read(given, self.form))

    def as_type(self, field: str, doc: str) -> type:
        """The input type of the action of this field."""
        made = input_type(input_name(field), doc)
        fill_input(made, self.arguments)
        return made


def inputs_of(values: Values, spec: ResourceSpec, action: ActionSpec, field: str) -> ActionInputs:
    """What an action takes: attributes first, then its arguments, each in the order declared."""
    arguments: list[Argument] = []
    names: dict[str, tuple[str, InputForm]] = {}
    required = False
    for name, kind, doc, owner, needed in _inputs(values.types, spec, action, field=field):
        shown = values.input(kind if needed else kind.optional(), owner)
        arguments.append(_argument(name, shown, doc))
        names[camel(name)] = (name, shown.form)
        required = required or needed
    return ActionInputs(tuple(arguments), Fields(names), required)


def _argument(name: str, shown: InputType, doc: str) -> Argument:
    return Argument(camel(name), shown.annotation, doc)


def _inputs(
    types: ShownTypes, spec: ResourceSpec, action: ActionSpec, *, field: str
) -> list[tuple[str, Type, str, str, bool]]:
    """Name, type, doc, owner of a Literal's enum, and whether it must be given."""
    # An update leaves alone what it is not told, so nothing it accepts must be given.
    creates = action.kind is ActionKind.CREATE
    accepted = [spec.attributes[name] for name in action.accept]
    found = [(a.name, types.of(spec, a), a.doc, enum_type(spec.name, a.name), creates and a.required) for a in accepted]
    for argument in action.arguments.values():
        owner = enum_type(pascal(field), argument.name)
        kind = types.named(argument.name, argument.type)
        found.append((argument.name, kind, argument.doc, owner, argument.required))
    return found
