"""Records as they stand at a step, for data that a step written by hand carries over.

A step runs for years, in databases that stand where it was written; the declarations of today do not. So it reads no
resource, but the tables as it finds them:

    items = op.standing_table("items")
    for batch in op.batches(items, where=items.c.note.is_(None)):
        op.get_bind().execute(sa.update(items).where(items.c.id.in_([row.id for row in batch])).values(note=""))
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from alembic.operations import MigrateOperation, Operations

from framework.errors import Invalid
from framework.sql.migrations.operations.renames import table_key

SIZE = 1_000
Rows = Sequence[sa.Row[Any]]


@Operations.register_operation("standing_table")
@dataclass(frozen=True)
class StandingTableOp(MigrateOperation):
    """A table with the columns that it has by then, to build statements with."""

    table: str
    schema: str | None = None

    @classmethod
    def standing_table(cls, operations: Operations, table: str, schema: str | None = None) -> Any:
        """The `sqlalchemy.Table`, read from the database; raises Invalid where there is none."""
        return operations.invoke(cls(table, schema))


@Operations.register_operation("batches")
@dataclass(frozen=True)
class BatchesOp(MigrateOperation):
    """The records of a table that satisfy a condition, some at a time, in the order of their key."""

    table: sa.Table
    where: sa.ColumnElement[bool] | None = None
    size: int = SIZE

    @classmethod
    def batches(
        cls, operations: Operations, table: sa.Table, where: sa.ColumnElement[bool] | None = None, size: int = SIZE
    ) -> Any:
        """An iterator of lists of rows; what is done to one list does not disturb the next."""
        return operations.invoke(cls(table, where, size))


@Operations.implementation_for(StandingTableOp)
def read_table(operations: Operations, step: StandingTableOp) -> sa.Table:
    """The table as it stands."""
    name = table_key(step.table, step.schema)
    _refuse_script(operations, name)
    connection = operations.get_bind()
    if not sa.inspect(connection).has_table(step.table, step.schema):
        raise Invalid(f"there is no table `{name}` at this step", code="no_table", path=(name,))
    return sa.Table(step.table, sa.MetaData(), schema=step.schema, autoload_with=connection, resolve_fks=False)


@Operations.implementation_for(BatchesOp)
def read_batches(operations: Operations, step: BatchesOp) -> Iterator[Rows]:
    """One statement for each list, which begins after the last key of the one before."""
    name = table_key(step.table.name, step.table.schema)
    _refuse_script(operations, name)
    if not step.table.primary_key:
        raise Invalid(f"`{name}` has no primary key to go by", code="no_key", path=(name,), hint="select its rows")
    return _batches(operations.get_bind(), step)


def _batches(connection: sa.Connection, step: BatchesOp) -> Iterator[Rows]:
    key = [*step.table.primary_key.columns]
    query = sa.select(step.table).order_by(*key).limit(step.size)
    if step.where is not None:
        query = query.where(step.where)
    rows = connection.execute(query).all()
    while rows:
        last = [rows[-1]._mapping[column] for column in key]  # noqa: SLF001 - a row's documented way to a column's value
        yield rows
        rows = connection.execute(query.where(sa.tuple_(*key) > sa.tuple_(*last))).all()


def _refuse_script(operations: Operations, table: str) -> None:
    """A script that is only printed has no records to read."""
    if operations.get_context().as_sql:
        raise Invalid(
            f"the step reads records of `{table}`, so it cannot be told as SQL",
            code="reads_records",
            path=("sql",),
            hint="carry it out with dspex migrate, or write it as one statement: op.execute(…)",
        )
