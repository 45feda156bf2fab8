"""The labels of an enum of the database, and those that the members of a declared one need."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from framework.sql.migrations.operations.labels import AddLabelsOp, labels_of
from framework.sql.migrations.operations.renames import block, literal, qualified


def lacking(connection: sa.Connection, table: sa.Table) -> Iterator[AddLabelsOp]:
    """The labels that enums of the table's columns lack."""
    for column in table.c:
        if isinstance(column.type, postgresql.ENUM):
            name = enum_sql(column.type)
            there = labels_of(connection, name)
            if there and (missing := tuple(label for label in column.type.enums if label not in there)):
                yield AddLabelsOp(name, missing, table.name, table.schema)


def created_enum(kind: postgresql.ENUM) -> str:
    """The statement that makes an enum which is not there."""
    labels = ", ".join(literal(label) for label in kind.enums)
    name = enum_sql(kind)
    return block(f"IF to_regtype({literal(name)}) IS NULL THEN CREATE TYPE {name} AS ENUM ({labels}); END IF;")


def enum_sql(kind: postgresql.ENUM) -> str:
    """The name of the type as a statement has it."""
    return qualified(kind.schema, str(kind.name))
