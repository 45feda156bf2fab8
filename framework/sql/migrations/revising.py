"""A revision's steps, revised: in an order that works, and said so that a table with records in it takes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeGuard

import sqlalchemy as sa
from alembic.operations import ops
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine.interfaces import Dialect

from framework.sql.columns import Embedding
from framework.sql.migrations.fillers import filler_of

Step = ops.MigrateOperation
DIALECT: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
CREATE_EXTENSION = "CREATE EXTENSION IF NOT EXISTS vector"


def revise(script: ops.MigrationScript, steps: ops.UpgradeOps) -> None:
    """Puts circular links after their tables and the extension first; says casts, and what fills a new column."""
    steps.ops[:] = [*_with_links_last(steps.ops)]
    if script.downgrade_ops is not None:
        script.downgrade_ops.ops[:] = [step.reverse() for step in reversed(steps.ops)]
        _say_casts(script.downgrade_ops)
    if any(_needs_vectors(step) for step in steps.ops):
        steps.ops.insert(0, ops.ExecuteSQLOp(CREATE_EXTENSION))
    _say_casts(steps)
    _fill(steps)


def _fill(steps: ops.OpContainer) -> None:
    """A value that has to be there is given to the records that stand, and then no longer by the database."""
    said: list[Step] = []
    for step in steps.ops:
        said.append(step)
        if isinstance(step, ops.OpContainer):
            _fill(step)
        elif isinstance(step, ops.AddColumnOp) and not step.column.nullable and filler_of(step.column) is not None:
            step.column.server_default = sa.DefaultClause(str(filler_of(step.column)))
            kind = step.column.type
            said.append(
                ops.AlterColumnOp(step.table_name, step.column.name, existing_type=kind, modify_server_default=None)
            )
    steps.ops[:] = said


def _say_casts(steps: ops.OpContainer) -> None:
    """PostgreSQL converts by itself only where nothing can be lost; a changed type says how."""
    said: list[Step] = []
    for step in steps.ops:
        said.append(step)
        if isinstance(step, ops.OpContainer):
            _say_casts(step)
        elif isinstance(step, ops.AlterColumnOp) and isinstance(step.modify_type, sa.types.TypeEngine):
            said.append(_cast(step, step.modify_type))
            step.existing_type, step.modify_type = step.modify_type, None
            if not step.has_changes():
                said.remove(step)
    steps.ops[:] = said


def _cast(step: ops.AlterColumnOp, wanted: sa.types.TypeEngine[Any]) -> ops.ExecuteSQLOp:
    name = step.column_name
    kind = wanted.compile(dialect=DIALECT)
    return ops.ExecuteSQLOp(f"ALTER TABLE {step.table_name} ALTER COLUMN {name} TYPE {kind} USING {name}::{kind}")


def _with_links_last(steps: Iterable[Step]) -> Iterator[Step]:
    """Links that lead in a circle can only be made once all of their tables stand."""
    later: list[Step] = []
    for step in steps:
        if isinstance(step, ops.CreateTableOp):
            later.extend(_link(part) for part in step.columns if _circular(part))
            step.columns = [part for part in step.columns if not _circular(part)]
        yield step
    yield from later


def _circular(part: object) -> TypeGuard[sa.ForeignKeyConstraint]:
    return isinstance(part, sa.ForeignKeyConstraint) and bool(part.use_alter)


def _link(key: sa.ForeignKeyConstraint) -> ops.CreateForeignKeyOp:
    columns = [element.target_fullname.rsplit(".", 1) for element in key.elements]
    return ops.CreateForeignKeyOp(
        str(key.name), key.table.name, columns[0][0], [*key.column_keys], [c for _, c in columns], ondelete=key.ondelete
    )


def _needs_vectors(step: Step) -> bool:
    match step:
        case ops.ModifyTableOps():
            return any(_needs_vectors(inner) for inner in step.ops)
        case ops.CreateTableOp():
            return any(isinstance(part, sa.Column) and isinstance(part.type, Embedding) for part in step.columns)
        case ops.AddColumnOp():
            return isinstance(step.column.type, Embedding)
        case _:
            return False
