"""The scalars: how values beyond GraphQL's own five are written, the same as in every transport.

`Int` holds 32 bits only, so a whole number is an `Int` where its limits keep it that small, and else a `BigInt`, which
is given as a text: a number of JavaScript holds 53 bits, and one that is longer is read as another one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NewType
from uuid import UUID

import strawberry
from graphql import GraphQLError
from strawberry.scalars import ID, JSON
from strawberry.types.scalar import ScalarDefinition

from framework.graphql.input_forms import whole_number
from framework.types.resolve import SCALARS
from framework.types.type import Kind, Type
from framework.wire.dump import dump_value

BigInt = NewType("BigInt", int)
INT_32 = 2**31

BY_KIND: dict[Kind, Any] = {
    Kind.STRING: str,
    Kind.FLOAT: float,
    Kind.BOOLEAN: bool,
    Kind.DECIMAL: Decimal,
    Kind.UUID: UUID,
    Kind.DATE: date,
    Kind.DATETIME: datetime,
    Kind.DURATION: timedelta,
    Kind.MAP: JSON,
    Kind.JSON: JSON,
}


def scalar_of(kind: Type) -> Any:
    """The scalar for values of this type, as Strawberry is told it; None where it takes more than a scalar.

    What names a record has ID for its Python type, whatever kind of key it is.
    """
    if kind.python is ID:
        return ID
    if kind.kind is Kind.INTEGER:
        return int if _fits_int(kind) else BigInt
    return BY_KIND.get(kind.kind)


def _fits_int(kind: Type) -> bool:
    least, most = kind.limits.ge, kind.limits.le
    return least is not None and most is not None and least >= -INT_32 and most < INT_32


def _text(name: str, of: type, doc: str, url: str | None = None) -> ScalarDefinition:
    kind = SCALARS[of]
    return strawberry.scalar(
        name=name,
        description=doc,
        specified_by_url=url,
        serialize=lambda value: value if isinstance(value, str) else dump_value(value, kind),
        parse_value=_reader(name, kind),
    )


def _reader(name: str, kind: Type) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if not isinstance(value, str):
            raise GraphQLError(f"{name} is written as a string")
        found, issues = kind.cast(value)
        if issues:
            raise GraphQLError(f"not a {name}: {issues[0].message}")
        return found

    return read


def _big_int_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if type(value) is not int:
        raise GraphQLError("BigInt is a whole number")
    return str(value)


def _read_big_int(value: Any) -> int:
    number, issues = SCALARS[int].cast(whole_number(value))
    if issues:
        large = issues[0].code == "out_of_range"
        raise GraphQLError("BigInt holds 64 bits" if large else "BigInt is a whole number")
    return int(number)


RFC = "https://www.rfc-editor.org/rfc/rfc"
SCALAR_MAP: dict[object, ScalarDefinition] = {
    UUID: _text("UUID", UUID, "A UUID, as 36 characters.", f"{RFC}9562"),
    datetime: _text("DateTime", datetime, "A moment with its offset, as RFC 3339 writes it.", f"{RFC}3339"),
    date: _text("Date", date, "A day, as `2026-01-31`.", f"{RFC}3339"),
    Decimal: _text("Decimal", Decimal, "An exact decimal number, as a string."),
    timedelta: _text("Duration", timedelta, "A length of time, as ISO 8601 writes it: `PT1H30M`."),
    BigInt: strawberry.scalar(
        name="BigInt",
        description="A whole number of up to 64 bits, given as a string of its digits; a JSON number is taken, too.",
        serialize=_big_int_text,
        parse_value=_read_big_int,
    ),
    JSON: strawberry.scalar(
        name="JSON", description="Any JSON value.", serialize=lambda value: value, parse_value=lambda value: value
    ),
}
