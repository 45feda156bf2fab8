"""What a step gives to the records that stand, where a value is required that they have not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic.operations import ops

from framework.sql.migrations.fillers import Filler, filler_of
from framework.sql.migrations.probes import RefuseRowsOp
from framework.sql.migrations.renames import escaped, quoted, table_key

Step = ops.MigrateOperation


def filled(steps: Sequence[Step], declared: sa.MetaData) -> Iterator[Step]:
    """The steps, with a value for every record that stands where one is required; refused where none is known."""
    for step in steps:
        match step:
            case ops.AddColumnOp() if not step.column.nullable and step.column.identity is None:
                yield from _added(step, filler_of(step.column))
            case ops.AlterColumnOp(modify_nullable=False):
                yield _given(step, declared)
                yield step
            case _:
                yield step


def _added(step: ops.AddColumnOp, filler: Filler | None) -> Iterator[Step]:
    column, table = step.column, step.table_name
    words: dict[str, Any] = {"schema": step.schema, "existing_type": column.type}
    if filler is None:
        says = f"would have nothing in `{column.name}`, which is required and has neither a default nor a backfill"
        yield RefuseRowsOp(table, "TRUE", says, step.schema)
        yield step
    elif filler.default is None:
        column.nullable = True
        yield step
        yield ops.ExecuteSQLOp(escaped(filler.update))
        yield ops.AlterColumnOp(table, column.name, modify_nullable=False, **words)
    else:
        column.server_default = sa.DefaultClause(filler.default)
        yield step
        yield ops.AlterColumnOp(table, column.name, modify_server_default=None, **words)


def _given(step: ops.AlterColumnOp, declared: sa.MetaData) -> Step:
    """What records get that have no value where one is required now."""
    table = declared.tables.get(table_key(step.table_name, step.schema))
    filler = None if table is None else filler_of(table.c[step.column_name])
    if filler is not None:
        return ops.ExecuteSQLOp(escaped(filler.update))
    where = f"{quoted(step.column_name)} IS NULL"
    return RefuseRowsOp(step.table_name, where, f"have no `{step.column_name}`, which is required", step.schema)
