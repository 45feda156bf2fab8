"""From a type of ours to a PostgreSQL type, and its values both ways."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import Enum
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine.interfaces import Dialect

from framework.errors import Issue
from framework.types.type import Kind, Limits, Type

SqlType = sa.types.TypeEngine[Any]

# Text sorts by code point wherever the database stands, and an index on it serves that order.
BY_CODE_POINT = "C"
TOLD = 3
TEXT = sa.Text()
JSON = postgresql.JSONB(none_as_null=True)

PLAIN: dict[Kind, SqlType] = {
    Kind.STRING: TEXT,
    Kind.INTEGER: sa.BigInteger(),
    Kind.FLOAT: sa.Double(),
    Kind.BOOLEAN: sa.Boolean(),
    Kind.DECIMAL: sa.Numeric(),
    Kind.UUID: sa.Uuid(),
    Kind.DATE: sa.Date(),
    Kind.DATETIME: sa.DateTime(timezone=True),
    Kind.DURATION: postgresql.INTERVAL(),
}


class StoredValueError(Exception):
    """A stored value that its type, as declared today, does not read; `says` is why, without the value itself."""

    def __init__(self, says: str) -> None:
        super().__init__(f"a stored value no longer reads: {says}")
        self.says = says


class Choice(sa.types.TypeDecorator[Any]):
    """A member of an enum or literal, kept as its plain value."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, kind: Type, collation: str | None = None) -> None:
        super().__init__()
        self.kind, self.collation = kind, collation
        self._members = {member.value: member for member in kind.python} if kind.kind is Kind.ENUM else {}
        self.impl = choice_storage(kind, collation)  # type: ignore[assignment]  # a type or an instance, as SQLAlchemy has it

    def process_bind_param(self, value: Any, _: Dialect) -> Any:
        """The plain value of a member."""
        return value.value if isinstance(value, Enum) else value

    def process_result_value(self, value: Any, _: Dialect) -> Any:
        """The member with that plain value."""
        if value is None or self.kind.kind is Kind.LITERAL:
            return value
        if value not in self._members:
            raise StoredValueError("it is none of the members there are")
        return self._members[value]


class WholeNumber(sa.types.TypeDecorator[Any]):
    """A whole number of any length, as a sum of many is: PostgreSQL works it out as a NUMERIC."""

    impl = sa.Numeric
    cache_ok = True

    def process_result_value(self, value: Any, _: Dialect) -> int | None:
        """The number without its point."""
        return None if value is None else int(value)


class Document(sa.types.TypeDecorator[Any]):
    """A list, map, model or free JSON, kept as JSONB."""

    impl = JSON
    cache_ok = True

    def __init__(self, kind: Type) -> None:
        super().__init__()
        # The limits bind what is written; what was stored under older limits can still be read.
        self.kind = replace(kind, limits=Limits(), nullable=False)

    def process_bind_param(self, value: Any, _: Dialect) -> Any:
        """The JSON form of a value."""
        return None if value is None else self.kind.dump_to_keep(value)

    def process_result_value(self, value: Any, _: Dialect) -> Any:
        """The value that the JSON form stands for."""
        if value is None or self.kind.kind is Kind.JSON:
            return value
        return read_value(self.kind, value)


class Embedding(sa.types.UserDefinedType[Any]):
    """A pgvector column. Its numbers are kept in single precision."""

    cache_ok = True
    render_bind_cast = True

    def __init__(self, dimensions: int | None = None) -> None:
        self.dimensions = dimensions

    def get_col_spec(self, **_: Any) -> str:
        """The type as PostgreSQL names it."""
        return "vector" if self.dimensions is None else f"vector({self.dimensions})"

    def bind_processor(self, _: Dialect) -> Callable[[Sequence[float] | None], str | None]:
        """A list as pgvector reads it."""
        return lambda value: None if value is None else orjson.dumps([float(number) for number in value]).decode()

    def result_processor(self, _: Dialect, __: object) -> Callable[[str | None], list[float] | None]:
        """What pgvector wrote, as a list."""
        return lambda value: None if value is None else [float(number) for number in orjson.loads(value)]


def column_type(kind: Type) -> SqlType:
    """The type of a stored column."""
    limits = kind.limits
    match kind.kind:
        case Kind.STRING:
            return sa.Text(collation=BY_CODE_POINT)
        case Kind.ENUM | Kind.LITERAL:
            return Choice(kind.required(), BY_CODE_POINT)
        case Kind.DECIMAL if limits.max_digits is not None and limits.decimal_places is not None:
            return sa.Numeric(limits.max_digits, limits.decimal_places)
        case _:
            return value_type(kind)


def value_type(kind: Type) -> SqlType:
    """The type of a value that is sent or worked out: as the column's, without what only a column has."""
    match kind.kind:
        case Kind.ENUM | Kind.LITERAL:
            return Choice(kind.required())
        case Kind.LIST | Kind.MAP | Kind.MODEL | Kind.JSON:
            return Document(kind)
        case Kind.VECTOR:
            return Embedding(kind.dimensions)
        case _:
            return PLAIN[kind.kind]


def choice_storage(kind: Type, collation: str | None = None) -> SqlType:
    """What the members of an enum or literal are kept as: text, integers or booleans, as their values are."""
    if all(isinstance(choice, bool) for choice in kind.choices):
        return PLAIN[Kind.BOOLEAN]
    if all(isinstance(choice, int) for choice in kind.choices):
        return PLAIN[Kind.INTEGER]
    return sa.Text(collation=collation)


def is_text(kind: SqlType) -> bool:
    """Whether a value of this PostgreSQL type is text, and so has an order that depends on a collation."""
    return isinstance(kind.impl if isinstance(kind, Choice) else kind, sa.String)


def read_value(kind: Type, stored: Any) -> Any:
    """A stored value as its Python type."""
    value, issues = kind.read_kept(stored)
    if issues:
        raise StoredValueError(in_short(issues))
    return value


def in_short(issues: Sequence[Issue]) -> str:
    """What is wrong with a stored value and where within it, the first few; the value itself is not told."""
    told = [f"{'.'.join(map(str, issue.path))}: {issue.message}" if issue.path else issue.message for issue in issues]
    return "; ".join(told[:TOLD]) + ("; …" if len(told) > TOLD else "")


def storage_type(kind: SqlType) -> SqlType:
    """The plain type underneath, as a migration names it."""
    if isinstance(kind, Document):
        return postgresql.JSONB()
    return kind.impl_instance if isinstance(kind, sa.types.TypeDecorator) else kind
