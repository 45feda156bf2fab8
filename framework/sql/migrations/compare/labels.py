"""The labels of an enum of the database, and those that the members of a declared one need."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from alembic.operations import ops
from sqlalchemy.dialects import postgresql

from framework.sql.migrations.operations.renames import literal, qualified

LABELS = sa.text("SELECT enumlabel FROM pg_enum WHERE enumtypid = to_regtype(:name)")


class AddLabelsOp(ops.ExecuteSQLOp):
    """Labels that an enum gets for a column of a table. PostgreSQL takes none away, so they stay on the way back."""

    def __init__(self, name: str, labels: list[str], table: sa.Table) -> None:
        statements = [f"ALTER TYPE {name} ADD VALUE IF NOT EXISTS {literal(label)}" for label in labels]
        super().__init__("; ".join(statements))
        self.name, self.table_name, self.schema = name, table.name, table.schema

    def reverse(self) -> ops.ExecuteSQLOp:
        """Nothing."""
        return ops.ExecuteSQLOp("SELECT 1")


def lacking(connection: sa.Connection, table: sa.Table) -> Iterator[AddLabelsOp]:
    """The labels that enums of the table's columns lack."""
    for column in table.c:
        if isinstance(column.type, postgresql.ENUM):
            name = enum_sql(column.type)
            there = {*connection.execute(LABELS, {"name": name}).scalars()}
            if there and (missing := [label for label in column.type.enums if label not in there]):
                yield AddLabelsOp(name, missing, table)


def created_enum(kind: postgresql.ENUM) -> str:
    """The statement that makes an enum which is not there."""
    labels = ", ".join(literal(label) for label in kind.enums)
    name = enum_sql(kind)
    return (
        f"DO $$ BEGIN IF to_regtype({literal(name)}) IS NULL THEN CREATE TYPE {name} AS ENUM ({labels}); END IF; END $$"
    )


def enum_sql(kind: postgresql.ENUM) -> str:
    """The name of the type as a statement has it."""
    return qualified(kind.schema, str(kind.name))
