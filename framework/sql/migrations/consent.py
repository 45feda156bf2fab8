"""What would be lost by a revision, which nobody may lose who has not said so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from alembic.operations import ops

from framework.errors import Invalid, Issue
from framework.sql.migrations.decisions import Decisions, column_of, table_of
from framework.sql.migrations.renames import table_key

Step = ops.MigrateOperation
LOST = "undecided_drop"


def refuse_losses(connection: sa.Connection, steps: Sequence[Step], decisions: Decisions) -> None:
    """Raises Invalid for every table and column that would be dropped and of which that was not said."""
    lost = [*_tables(connection, steps, decisions), *_columns(connection, steps, decisions)]
    if lost:
        raise Invalid.of(lost)


def _tables(connection: sa.Connection, steps: Sequence[Step], decisions: Decisions) -> Iterator[Issue]:
    created = [step for step in steps if isinstance(step, ops.CreateTableOp)]
    for step in steps:
        if isinstance(step, ops.DropTableOp):
            name = table_key(step.table_name, step.schema)
            if any(table_of(said, [name]) for said in decisions.drops):
                continue
            rows = _count(connection, step, sa.func.count())
            alike = [f"{name}={table_key(each.table_name, each.schema)}" for each in created if _alike(step, each)]
            yield _issue(name, rows, alike)


def _columns(connection: sa.Connection, steps: Sequence[Step], decisions: Decisions) -> Iterator[Issue]:
    added = [step for step in steps if isinstance(step, ops.AddColumnOp)]
    for step in steps:
        if isinstance(step, ops.DropColumnOp):
            table, column = table_key(step.table_name, step.schema), step.column_name
            if any(_names(said, table, column) for said in decisions.drops):
                continue
            kind = str(step.to_column().type)
            here = [each for each in added if (each.table_name, each.schema) == (step.table_name, step.schema)]
            alike = [f"{table}.{column}={each.column.name}" for each in here if str(each.column.type) == kind]
            rows = _count(connection, step, sa.func.count(sa.column(column)))
            yield _issue(f"{table}.{column}", rows, alike)


def _names(said: str, table: str, column: str) -> bool:
    resource, _, part = said.rpartition(".")
    return bool(table_of(resource, [table]) and column_of(part, [column]))


def _alike(gone: ops.DropTableOp, come: ops.CreateTableOp) -> bool:
    """Whether one could be the other under a new name: most of its columns are there."""
    before, after = ({str(column.name) for column in table.to_table().c} for table in (gone, come))
    return 2 * len(before & after) > len(before)


def _count(connection: sa.Connection, step: ops.DropTableOp | ops.DropColumnOp, counted: sa.ColumnElement[int]) -> int:
    table = sa.table(step.table_name, schema=step.schema)
    return connection.execute(sa.select(counted).select_from(table)).scalar_one()


def _issue(name: str, rows: int, alike: Sequence[str]) -> Issue:
    ways = [f"--rename {each}" for each in alike] or [f"--rename {name}=…"]
    return Issue(
        LOST,
        f"`{name}` is no longer declared, and dropping it loses what {rows} records of this database hold",
        path=("drop", name),
        params={"name": name, "rows": rows, "renames": [*alike]},
        hint=f"say {' or '.join(ways)} if it has another name now, or --drop {name} if it is to go",
    )
