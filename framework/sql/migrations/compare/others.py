"""Tables and views that others own, compared with what is declared of them: told, and nothing is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from framework.spec.attribute import AttributeSpec
from framework.spec.resource import ResourceSpec
from framework.sql.clauses.columns import Embedding, choice_storage
from framework.sql.clauses.storage import stored_type
from framework.sql.migrations.operations.renames import DIALECT, place_of
from framework.types.type import Kind, Type

SqlType = sa.types.TypeEngine[Any]
DOCUMENTS = (Kind.LIST, Kind.MAP, Kind.MODEL, Kind.JSON)
READ: Mapping[Kind, tuple[type[SqlType], ...]] = {
    Kind.STRING: (sa.Text, sa.VARCHAR, sa.CHAR, postgresql.CITEXT),
    Kind.INTEGER: (sa.Integer,),
    Kind.FLOAT: (sa.Float,),
    Kind.BOOLEAN: (sa.Boolean,),
    Kind.UUID: (sa.Uuid,),
    Kind.DATE: (sa.Date,),
    Kind.DURATION: (postgresql.INTERVAL,),
    Kind.VECTOR: (Embedding,),
    **dict.fromkeys(DOCUMENTS, (postgresql.JSONB,)),
}


def others_differences(connection: sa.Connection, others: Mapping[str, ResourceSpec]) -> Iterator[str]:
    """Why the records of each cannot be read: it is missing, or a column of it is, or has a type that is not read."""
    found = sa.inspect(connection)
    for key, spec in sorted(others.items()):
        schema, name = place_of(key)
        try:
            columns = {column["name"]: column for column in found.get_columns(name, schema)}
        except sa.exc.NoSuchTableError:
            yield f"table or view {key} of others, which {spec.name} reads, is missing"
            continue
        views = {*found.get_view_names(schema), *found.get_materialized_view_names(schema)}
        for attribute in spec.attributes.values():
            column = columns.get(attribute.column_name)
            if column is None:
                yield f"column {key}.{attribute.column_name} of others is missing"
            elif not _reads(attribute, column["type"]):
                kind = column["type"].compile(dialect=connection.dialect)
                says = f"is a {kind}, which a {attribute.column_type or attribute.type.kind} does not read"
                yield f"column {key}.{attribute.column_name} of others {says}"
            elif column["nullable"] and not attribute.type.nullable and name not in views:
                yield f"column {key}.{attribute.column_name} of others may be empty, and is declared as always there"


def _reads(attribute: AttributeSpec, found: SqlType) -> bool:
    """Whether the column is what was said of it, whatever its length, or else one that the attribute's type reads."""
    if attribute.column_type is None:
        return reads(attribute.type, found)
    if isinstance(found, postgresql.DOMAIN):
        found = found.data_type
    names = [kind.compile(dialect=DIALECT).partition("(")[0] for kind in (stored_type(attribute), found)]
    return names[0] == names[1]


def reads(kind: Type, found: SqlType) -> bool:
    """Whether values of the PostgreSQL type can be read, compared and sorted as those of ours."""
    if isinstance(found, postgresql.DOMAIN):
        found = found.data_type
    match kind.kind:
        case Kind.ENUM | Kind.LITERAL:
            return _same(choice_storage(kind), found)
        case Kind.DECIMAL:
            return isinstance(found, sa.Numeric) and not isinstance(found, sa.Float)
        case Kind.DATETIME:
            return isinstance(found, sa.DateTime) and found.timezone
        case _:
            return isinstance(found, READ[kind.kind]) and not isinstance(found, sa.Enum)


def _same(stored: SqlType, found: SqlType) -> bool:
    """Whether a choice's own storage is of the kind that is found."""
    plain = {sa.Text: Kind.STRING, sa.BigInteger: Kind.INTEGER, sa.Boolean: Kind.BOOLEAN}
    return isinstance(found, READ[plain[type(stored)]]) and not isinstance(found, sa.Enum)
