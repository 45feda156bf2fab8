"""Attributes: typed values that are stored. On a record `Attr[T]` gives a `T`, on the class an expression."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, Never, TypeVar, overload
from uuid import UUID

from framework.declare.resource import Resource
from framework.declare.source import here
from framework.errors import Source
from framework.expr.build import Expr
from framework.expr.nodes import Call, Function, Node, Ref
from framework.expr.scopes import Start
from framework.identifiers import uuid7
from framework.spec.attribute import ABSENT, Default, Origin, Visibility
from framework.types.type import UNLIMITED, Limits

T = TypeVar("T")
Moment = TypeVar("Moment", datetime, datetime | None)
# The store's own clock: moments that many processes write can be compared, and with those it works out itself.
NOW = Call(Function.NOW)


@dataclass(frozen=True, slots=True)
class AttributeOptions:
    """What was said of a stored value; its name and type stand in the annotation.

    A default may be a value, or an expression the database works out. `renamed_from` is the name it had before, so that
    a migration keeps what is stored. `backfill` is what records get that stand already when the attribute comes, or
    comes to be required: a value, or an expression over the record. `renamed_members` are members of its enum or
    literal that have another name now, alone or in a list or map: what is stored and what it is called today,
    `{"open": Status.WAITING}`. `column` is the name of its column and `column_type` that of the column's PostgreSQL
    type, where a table stands that has others. A `primary_key` is given by whoever makes the record.
    """

    source: Source
    doc: str = ""
    limits: Limits = UNLIMITED
    dimensions: int | None = None
    default: Default | None = None
    expression: Expr[Any] | None = None
    touched: Node | None = None
    primary_key: bool = False
    origin: Origin = Origin.GIVEN
    visibility: Visibility = Visibility.PUBLIC
    sensitive: bool = False
    renamed_from: str | None = None
    renamed_members: Mapping[Any, Any] | None = None
    backfill: Any = ABSENT
    column: str | None = None
    column_type: str | None = None
    computed: Expr[Any] | None = None


class Attr(Expr[T], Generic[T]):
    """A named value of a resource. What was said of it is in `options`, which only the compiler reads."""

    def __init__(self, options: object) -> None:
        super().__init__(lambda: Start(None, Ref(self.name)))
        self.options = options
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type[Resource]) -> Expr[T]: ...
    @overload
    def __get__(self, instance: Resource, owner: type[Resource]) -> T: ...
    def __get__(self, instance: Resource | None, owner: type[Resource]) -> Expr[T] | T:
        if instance is None:
            return Expr(lambda: Start(owner, Ref(self.name)))
        value: T = instance[self.name]
        return value

    if TYPE_CHECKING:
        # Records refuse assignment by themselves; this lets a checker say so on the line.
        def __set__(self, instance: Resource, value: Never) -> None: ...


@overload
def attribute(
    *,
    default: T | Expr[Any],
    doc: str = ...,
    private: bool = ...,
    sensitive: bool = ...,
    ge: Any = ...,
    le: Any = ...,
    min_length: int | None = ...,
    max_length: int | None = ...,
    pattern: str | None = ...,
    max_digits: int | None = ...,
    decimal_places: int | None = ...,
    dimensions: int | None = ...,
    renamed_from: str | None = ...,
    renamed_members: Mapping[Any, Any] | None = ...,
    backfill: Any = ...,
    column: str | None = ...,
    column_type: str | None = ...,
    primary_key: bool = ...,
) -> Attr[T]: ...
@overload
def attribute(
    *,
    default_factory: Callable[[], T],
    doc: str = ...,
    private: bool = ...,
    sensitive: bool = ...,
    ge: Any = ...,
    le: Any = ...,
    min_length: int | None = ...,
    max_length: int | None = ...,
    pattern: str | None = ...,
    max_digits: int | None = ...,
    decimal_places: int | None = ...,
    dimensions: int | None = ...,
    renamed_from: str | None = ...,
    renamed_members: Mapping[Any, Any] | None = ...,
    backfill: Any = ...,
    column: str | None = ...,
    column_type: str | None = ...,
    primary_key: bool = ...,
) -> Attr[T]: ...
@overload
def attribute(
    *,
    doc: str = ...,
    private: bool = ...,
    sensitive: bool = ...,
    ge: Any = ...,
    le: Any = ...,
    min_length: int | None = ...,
    max_length: int | None = ...,
    pattern: str | None = ...,
    max_digits: int | None = ...,
    decimal_places: int | None = ...,
    dimensions: int | None = ...,
    renamed_from: str | None = ...,
    renamed_members: Mapping[Any, Any] | None = ...,
    backfill: Any = ...,
    column: str | None = ...,
    column_type: str | None = ...,
    primary_key: bool = ...,
) -> Attr[Any]: ...
def attribute(  # noqa: PLR0913 - the words an attribute may say
    *,
    default: Any = ABSENT,
    default_factory: Callable[[], Any] | None = None,
    doc: str = "",
    private: bool = False,
    sensitive: bool = False,
    ge: Any = None,
    le: Any = None,
    min_length: int | None = None,
    max_length: int | None = None,
    pattern: str | None = None,
    max_digits: int | None = None,
    decimal_places: int | None = None,
    dimensions: int | None = None,
    renamed_from: str | None = None,
    renamed_members: Mapping[Any, Any] | None = None,
    backfill: Any = ABSENT,
    column: str | None = None,
    column_type: str | None = None,
    primary_key: bool = False,
) -> Attr[Any]:
    """A stored value within limits (inclusive); `AttributeOptions` says what the words mean."""
    options = AttributeOptions(
        source=here(),
        doc=doc,
        limits=Limits(ge, le, min_length, max_length, pattern, max_digits, decimal_places),
        dimensions=dimensions,
        default=_default(default, default_factory),
        expression=default if isinstance(default, Expr) else None,
        visibility=Visibility.PRIVATE if private else Visibility.PUBLIC,
        sensitive=sensitive,
        renamed_from=renamed_from,
        renamed_members=renamed_members,
        backfill=backfill,
        column=column,
        column_type=column_type,
        primary_key=primary_key,
    )
    return Attr(options)


def primary_key(*, column: str | None = None) -> Attr[UUID]:
    """The record's identifier: a UUIDv7, made here, so a record can be named before it is stored."""
    options = AttributeOptions(
        here(), "Identifier.", default=Default(make=uuid7), primary_key=True, origin=Origin.GENERATED, column=column
    )
    return Attr(options)


def sequence_key(*, column: str | None = None, column_type: str | None = None) -> Attr[int]:
    """An identifier that the database counts up; its gaps and order say nothing of commits."""
    options = AttributeOptions(
        here(),
        "Sequence number.",
        primary_key=True,
        origin=Origin.SEQUENCE,
        column=column,
        column_type=column_type,
    )
    return Attr(options)


def created_at(*, column: str | None = None, column_type: str | None = None) -> Attr[Moment]:
    """The moment the record was made."""
    options = AttributeOptions(
        here(),
        "When it was made.",
        default=Default(node=NOW),
        origin=Origin.GENERATED,
        column=column,
        column_type=column_type,
    )
    return Attr(options)


def updated_at(*, column: str | None = None, column_type: str | None = None) -> Attr[Moment]:
    """The moment the record was last changed."""
    options = AttributeOptions(
        here(),
        "When it last changed.",
        default=Default(node=NOW),
        touched=NOW,
        origin=Origin.GENERATED,
        column=column,
        column_type=column_type,
    )
    return Attr(options)


def _default(value: Any, make: Callable[[], Any] | None) -> Default | None:
    if isinstance(value, Expr) or (make is None and value is ABSENT):
        return None
    return Default(value=value, make=make)
