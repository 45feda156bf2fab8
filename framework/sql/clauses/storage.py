"""How the values of an attribute are kept in a column whose type was said: what is read of it, what is written to it.

Whatever the column is, what is read has the type that an attribute of its kind has everywhere, so that every expression
means the same over it: text goes by code point, a moment has an offset, a list is a document. Known values are compared
with the column as it is where that finds the same records, so that an index serves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from framework.expr.nodes import Comparison
from framework.spec.attribute import AttributeSpec
from framework.spec.column_type import ColumnType
from framework.sql.clauses.arrays import array_of_document, document_of
from framework.sql.clauses.binding import Clause, array_type
from framework.sql.clauses.columns import JSON, PLAIN, TEXT, SqlType, column_type, storage_type, value_type
from framework.sql.clauses.operations import by_code_point
from framework.types.type import STRUCTURED, Kind


class Blank(sa.types.UserDefinedType[Any], sa.CHAR):
    """A text of which the blanks at the end do not count, of any length: `char(5)` would cut a longer one."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """The type as PostgreSQL names it."""
        return "bpchar"


BY_LENGTH: dict[str, Callable[[int | None], SqlType]] = {
    "varchar": sa.String,
    "char": lambda length: Blank() if length is None else sa.CHAR(length),
    "timestamp": lambda precision: postgresql.TIMESTAMP(timezone=False, precision=precision),
    "timestamptz": lambda precision: postgresql.TIMESTAMP(timezone=True, precision=precision),
}
BY_NAME: dict[str, SqlType] = {
    "text": TEXT,
    "smallint": sa.SmallInteger(),
    "integer": sa.Integer(),
    "bigint": PLAIN[Kind.INTEGER],
    "real": sa.REAL(),
    "double precision": PLAIN[Kind.FLOAT],
    "boolean": PLAIN[Kind.BOOLEAN],
    "uuid": PLAIN[Kind.UUID],
    "date": PLAIN[Kind.DATE],
    "interval": PLAIN[Kind.DURATION],
    "json": postgresql.JSON(),
    "jsonb": JSON,
}
EXACT = frozenset({Comparison.EQ, Comparison.NE})
UTC = sa.literal_column("'UTC'", TEXT)


def stored_type(attribute: AttributeSpec) -> SqlType:
    """The type of the attribute's column."""
    said = attribute.column_type
    if said is None or (said.name == "numeric" and not said.array):
        return column_type(attribute.type)
    if said.named:
        choices = [str(choice) for choice in attribute.type.choices]
        return postgresql.ENUM(*choices, name=said.name, schema=said.schema)
    plain = BY_LENGTH[said.name](said.length) if said.name in BY_LENGTH else BY_NAME.get(said.name, PLAIN[Kind.DECIMAL])
    return postgresql.ARRAY(plain) if said.array else plain


def read_stored(attribute: AttributeSpec, column: Clause) -> Clause:
    """What is read of the column."""
    said = attribute.column_type
    if said is None:
        return column
    read = value_type(attribute.type)
    if said.array:
        assert attribute.type.item is not None
        return sa.type_coerce(document_of(column, attribute.type.item), read)
    if said.name in ("text", "varchar"):
        return sa.type_coerce(by_code_point(column), read)
    if said.named or said.name == "char":
        return sa.type_coerce(by_code_point(sa.cast(column, TEXT)), read)
    match said.name:
        case "timestamp":
            return sa.func.timezone(UTC, column, type_=read)
        case "real":
            # Cast directly, 0.1 would be 0.10000000149011612.
            return sa.cast(sa.cast(column, TEXT), read)
        case "json":
            return sa.type_coerce(sa.cast(column, JSON), read)
        case _:
            return (
                sa.type_coerce(column, read)
                if attribute.type.kind in STRUCTURED | {Kind.ENUM, Kind.LITERAL}
                else column
            )


def raw_stored(attribute: AttributeSpec, column: Clause) -> Clause:
    """What is read of the column, in its plain form: it may be none that the attribute's type reads."""
    return sa.type_coerce(read_stored(attribute, column), storage_type(value_type(attribute.type)))


def write_stored(attribute: AttributeSpec, value: Clause) -> Clause:
    """What is written to the column, of a value of the attribute's type."""
    said = attribute.column_type
    if said is None:
        return value
    if said.array:
        assert attribute.type.item is not None
        return sa.cast(array_of_document(value, attribute.type.item), stored_type(attribute))
    if said.named:
        return sa.cast(sa.cast(value, TEXT), stored_type(attribute))
    match said.name:
        case "timestamp":
            return sa.func.timezone(UTC, value, type_=stored_type(attribute))
        case "char":
            return sa.cast(value, Blank())
        case "json":
            return sa.cast(value, postgresql.JSON())
        case _:
            return value


def write_many(attribute: AttributeSpec, values: Clause) -> Clause:
    """An array of values to compare the column with."""
    return sa.cast(values, array_type(Blank())) if _name(attribute) == "char" else values


def compared_as_stored(attribute: AttributeSpec, op: Comparison) -> bool:
    """Whether the column as it is may be compared with a known value that is written like it."""
    if op in EXACT:
        return _name(attribute) in ("text", "varchar", "char", "timestamp")
    return _name(attribute) == "timestamp"


def kept_alike(one: ColumnType | None, other: ColumnType | None) -> bool:
    """Whether columns of these types are compared as they are: of one type, whatever its length."""
    names = [None if each is None else each.name for each in (one, other)]
    numbers = {None, "smallint", "integer", "bigint"}
    return names[0] == names[1] or all(name in numbers for name in names)


def _name(attribute: AttributeSpec) -> str | None:
    said = attribute.column_type
    return None if said is None or said.array or said.named else said.name
