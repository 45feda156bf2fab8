"""Known values as bound parameters, typed so that PostgreSQL neither guesses nor rounds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from framework.errors import Invalid
from framework.spec.type_rules import type_of_value
from framework.sql.clauses.columns import JSON, PLAIN, TEXT, SqlType, value_type
from framework.sql.clauses.parameters import LARGEST, CannotBeParametrized, Parameter
from framework.types.type import NUMBERS, Kind, Type

Clause = sa.ColumnElement[Any]
PARSED = frozenset({Kind.UUID, Kind.DATE, Kind.DATETIME, Kind.DURATION})
NULL = sa.types.NullType()
NUMBER_AS: dict[type[SqlType], Callable[[Any], Any]] = {
    sa.Double: float,
    sa.Numeric: lambda number: number if isinstance(number, Decimal) else Decimal(str(number)),
}


def type_of_known(value: Any) -> Type | None:
    """The type of a known value, or of those that a place is kept for."""
    return type_of_value(value.sample if isinstance(value, Parameter) else value)


def bound(value: Any, like: Type | None = None) -> Clause:
    """A value to be compared with, or stored as, values of the type `like`."""
    if isinstance(value, Parameter):
        return sa.bindparam(value.name, type_=_type_of_parameter(value, like))
    value = parsed(value, like)
    return sa.bindparam(None, value, type_=_type_for(value, like), unique=True)


def bound_list(values: Sequence[Any], like: Type | None = None) -> Clause:
    """Values as one array, so that a statement reads the same however many there are."""
    if values and isinstance(values[0], Parameter):
        return sa.bindparam(values[0].name, type_=array_type(_type_of_parameter(values[0], like)))
    given = [parsed(value, like) for value in values]
    types = [_type_for(value, like) for value in given if value is not None]
    widest = max(types, key=_width, default=TEXT if like is None else value_type(like))
    return array_of(given, widest)


def array_of(values: Sequence[Any], kind: SqlType) -> Clause:
    """Values as one array."""
    return sa.bindparam(None, array_values(values, kind), type_=array_type(kind), unique=True)


def array_type(kind: SqlType) -> SqlType:
    """The type of an array, even of arrays that are documents."""
    return postgresql.ARRAY(kind, dimensions=1)


def array_values(values: Sequence[Any], kind: SqlType) -> list[Any]:
    """Values for an array; its numbers are all of one Python type, as the driver asks."""
    alike = NUMBER_AS.get(type(kind))
    return [*values] if alike is None else [None if value is None else alike(value) for value in values]


def parsed(value: Any, like: Type | None) -> Any:
    """A value as its type has it: an identifier or a time may have come as text."""
    if like is None or like.kind not in PARSED or not isinstance(value, str):
        return value
    found, issues = like.cast(value)
    if issues:
        raise Invalid.of(issues)
    return found


def _type_for(value: Any, like: Type | None) -> SqlType:
    # A number keeps its own type: sent as the column's, 2.5 would be compared as 3 with a column of integers.
    if like is not None and not (like.kind in NUMBERS and value is not None):
        return value_type(like)
    return _type_by_value(value)


def _type_of_parameter(parameter: Parameter, like: Type | None) -> SqlType:
    if like is not None and like.kind in PARSED and parameter.python is str:
        raise CannotBeParametrized
    return _type_for(parameter.sample, like)


def _type_by_value(value: Any) -> SqlType:
    plain = value.value if isinstance(value, Enum) else value
    if plain is None:
        return NULL
    if isinstance(plain, int) and abs(plain) > LARGEST:
        return PLAIN[Kind.DECIMAL]
    kind = type_of_value(plain)
    if kind is not None:
        return PLAIN[kind.kind]
    if isinstance(plain, list | dict):
        return JSON
    raise TypeError(f"a value of the class {type(value).__name__} cannot be sent to the database")


def _width(kind: SqlType) -> int:
    order = [PLAIN[Kind.INTEGER], PLAIN[Kind.DECIMAL], PLAIN[Kind.FLOAT]]
    return order.index(kind) if kind in order else 0
