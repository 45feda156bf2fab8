"""Strawberry types made at run time, from values that say what stands in them.

A type is made empty and filled later, so types may name each other in any order. Every source a field reads
from is a record or a mapping, and inputs stay the mappings they arrive as: nothing is copied into objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from operator import itemgetter
from typing import Any, Optional

import strawberry
from graphql import FieldNode
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import InputContext, StrawberryArgument
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField
from strawberry.types.info import Info

from framework.graphql.selection import arguments_of, storage_key
from framework.wire.forms import PLAIN, Form, Spelling, write

Resolve = Callable[[Any, Info, Mapping[str, Any]], Any]


def maybe(annotation: Any) -> Any:
    """The annotation, with null allowed."""
    return Optional[annotation]  # noqa: UP045 - built at run time


def many(annotation: Any) -> Any:
    """A list of the annotation."""
    return list.__class_getitem__(annotation)


def values_of(source: Any) -> Mapping[str, Any]:
    """All values of a mapping or a record, by name."""
    values: Mapping[str, Any] = source if type(source) is dict else source.loaded()
    return values


class FieldResolution(Enum):
    """How a field comes by its value."""

    LOADED = "loaded"
    RELATED = "related"
    SYNC = "sync"
    ASYNC = "async"
    STREAM = "stream"


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a field, or a field of an input; `annotation` says by Optional that it may be left out."""

    name: str
    annotation: Any
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a type: LOADED, and read from its source by name and written in its form, or resolved."""

    name: str
    annotation: Any
    doc: str = ""
    source: str = ""
    form: Form = PLAIN
    resolve: Resolve | None = None
    arguments: tuple[Argument, ...] = ()
    resolution: FieldResolution = FieldResolution.LOADED


def object_type(name: str, doc: str = "") -> type:
    """An object type without fields as yet."""
    return strawberry.type(type(name, (), {}), name=name, description=doc or None)


def interface_type(name: str, doc: str = "") -> type:
    """An interface without fields as yet; its records are told apart by their classes."""
    made = strawberry.interface(type(name, (), {}), name=name, description=doc or None)
    _definition(made).resolve_type = lambda record, *_: type(record).__name__
    return made


def implement(made: type, interface: type, record: type) -> None:
    """Makes an object type, whose values are of this class, one of an interface."""
    definition = _definition(made)
    definition.interfaces.append(_definition(interface))
    definition.is_type_of = lambda value, *_: isinstance(value, record)


def input_type(name: str, doc: str = "") -> type:
    """An input type without fields as yet; its values stay mappings."""
    made = strawberry.input(type(name, (), {}), name=name, description=doc or None)
    _definition(made).from_input = _as_given
    return made


def fill(made: type, fields: Iterable[Field]) -> None:
    """Puts fields into an object type."""
    _definition(made).fields.extend(_FIELDS[field.resolution](field) for field in fields)


def fill_input(made: type, fields: Iterable[Argument]) -> None:
    """Puts fields into an input type."""
    _definition(made).fields.extend(
        StrawberryField(
            python_name=field.name,
            graphql_name=field.name,
            type_annotation=StrawberryAnnotation(field.annotation),
            description=field.doc or None,
            default=strawberry.UNSET,
        )
        for field in fields
    )


def value_of(source: Any, name: str) -> Any:
    """A value by name: of a mapping, where it may be missing, or of a record, where it must be loaded."""
    return source.get(name) if type(source) is dict else source[name]


def serializable(value: Any, form: Form) -> Any:
    """The value in its form, but for a choice, whose name the enum of the schema gives."""
    if form.spelling is Spelling.CHOICE:
        return value.value if isinstance(value, Enum) else value
    return write(value, form)


class LoadedField(StrawberryField):
    """A value that is there already: the same for all who ask, and at no cost."""

    def __init__(self, field: Field) -> None:
        super().__init__(
            python_name=field.source or field.name,
            graphql_name=field.name,
            type_annotation=StrawberryAnnotation(field.annotation),
            description=field.doc or None,
        )
        self.source = field.source or field.name
        self.form = field.form
        self.arguments = [_argument(argument) for argument in field.arguments]

    def reader(self, _node: FieldNode, _variables: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], Any]:
        """How the value, yet to be written, is read from those of its source; KeyError where it is not there."""
        return itemgetter(self.source)

    def get_result(self, source: Any, info: Info | None, args: list[Any], kwargs: Any) -> Any:
        """The value, as its type in the schema takes it."""
        return serializable(value_of(source, self.source), self.form)


class RelatedField(LoadedField):
    """The records at the other end of a link, loaded for the arguments that the field was given."""

    @property
    def is_basic_field(self) -> bool:
        """Not one that ignores how it is asked for."""
        return False

    def reader(self, node: FieldNode, variables: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], Any]:
        """How the records are found among the values of their source."""
        return itemgetter(storage_key(self.source, arguments_of(node, variables)))

    def get_result(self, source: Any, info: Info | None, args: list[Any], kwargs: Any) -> Any:
        """The records."""
        assert info is not None
        node = info._raw_info.field_nodes[0]  # noqa: SLF001 - the arguments as they were given
        return source[storage_key(self.source, arguments_of(node, info.variable_values))]


class ResolvedField(StrawberryField):
    """A value that is worked out."""

    def __init__(self, field: Field) -> None:
        super().__init__(
            python_name=field.source or field.name,
            graphql_name=field.name,
            type_annotation=StrawberryAnnotation(field.annotation),
            description=field.doc or None,
            is_subscription=field.resolution is FieldResolution.STREAM,
        )
        assert field.resolve is not None
        self.resolve = field.resolve
        self.awaits = field.resolution is FieldResolution.ASYNC
        self.arguments = [_argument(argument) for argument in field.arguments]

    @property
    def is_basic_field(self) -> bool:
        """Not one that only reads."""
        return False

    @property
    def is_async(self) -> bool:
        """Whether its result is awaited."""
        return self.awaits

    def get_result(self, source: Any, info: Info | None, args: list[Any], kwargs: Any) -> Any:
        """The value, or what will give it."""
        assert info is not None
        return self.resolve(source, info, kwargs)


_FIELDS: dict[FieldResolution, Callable[[Field], StrawberryField]] = {
    FieldResolution.LOADED: LoadedField,
    FieldResolution.RELATED: RelatedField,
    FieldResolution.SYNC: ResolvedField,
    FieldResolution.ASYNC: ResolvedField,
    FieldResolution.STREAM: ResolvedField,
}


def _argument(argument: Argument) -> StrawberryArgument:
    return StrawberryArgument(
        python_name=argument.name,
        graphql_name=argument.name,
        type_annotation=StrawberryAnnotation(argument.annotation),
        description=argument.doc or None,
    )


def _as_given(_made: type, value: Mapping[str, Any], _context: InputContext) -> Mapping[str, Any]:
    return value


def _definition(made: type) -> StrawberryObjectDefinition:
    definition: StrawberryObjectDefinition = made.__strawberry_definition__  # type: ignore[attr-defined]  # Strawberry puts it there
    return definition
