"""A revision's steps, revised: in an order that works, and said so that a table with records in it takes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic.operations import ops

from framework.sql.columns import Embedding
from framework.sql.migrations.filling import filled
from framework.sql.migrations.looking import looked_at_first
from framework.sql.migrations.ordering import in_order
from framework.sql.migrations.renames import DIALECT, escaped, qualified, quoted

Step = ops.MigrateOperation
CREATE_EXTENSION = "CREATE EXTENSION IF NOT EXISTS vector"


def revise(script: ops.MigrationScript, steps: ops.UpgradeOps, declared: sa.MetaData) -> None:
    """Puts the steps in an order that works; says casts, fills what is required, looks for what is in the way."""
    there = in_order(steps.ops)
    if script.downgrade_ops is not None:
        back = [step.reverse() for step in reversed(there)]
        script.downgrade_ops.ops[:] = looked_at_first([*filled([*_say_casts(back)], sa.MetaData())])
    extension = [ops.ExecuteSQLOp(CREATE_EXTENSION)] if any(map(_needs_vectors, there)) else []
    steps.ops[:] = [*extension, *looked_at_first([*filled([*_say_casts(there)], declared)])]


def _say_casts(steps: list[Step]) -> Iterator[Step]:
    """PostgreSQL converts by itself only where nothing can be lost; a changed type says how."""
    for step in steps:
        if not isinstance(step, ops.AlterColumnOp) or not isinstance(step.modify_type, sa.types.TypeEngine):
            yield step
            continue
        cast = _cast(step, step.modify_type)
        step.existing_type, step.modify_type = step.modify_type, None
        if step.has_changes():
            yield step
        yield cast


def _cast(step: ops.AlterColumnOp, wanted: sa.types.TypeEngine[Any]) -> ops.ExecuteSQLOp:
    name, kind = quoted(step.column_name), wanted.compile(dialect=DIALECT)
    table = qualified(step.schema, step.table_name)
    return ops.ExecuteSQLOp(escaped(f"ALTER TABLE {table} ALTER COLUMN {name} TYPE {kind} USING {name}::{kind}"))


def _needs_vectors(step: Step) -> bool:
    match step:
        case ops.CreateTableOp():
            return any(isinstance(part, sa.Column) and isinstance(part.type, Embedding) for part in step.columns)
        case ops.AddColumnOp():
            return isinstance(step.column.type, Embedding)
        case _:
            return False
