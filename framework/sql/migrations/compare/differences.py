"""What a migration would do, in words."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from alembic.operations import ops

from framework.sql.migrations.operations.exclusions import AlterAction, ExclusionOp
from framework.sql.migrations.operations.generated import GeneratedOp
from framework.sql.migrations.operations.labels import AddLabelsOp
from framework.sql.migrations.operations.members import MembersOp
from framework.sql.migrations.operations.partitions import PartitioningOp
from framework.sql.migrations.operations.releases import ReleaseOp
from framework.sql.migrations.operations.renames import RenameOp, table_key
from framework.sql.migrations.operations.tenant_walls import TenantWallOp


def differences(steps: ops.OpContainer) -> Iterator[str]:
    """One line for each change."""
    for step in steps.ops:
        if isinstance(step, ops.OpContainer):
            yield from differences(step)
        else:
            yield _says(step)


def named_differences(steps: ops.OpContainer, tables: Collection[str]) -> Iterator[tuple[str, str]]:
    """Those of the tables, by the name of the rule, index or column that each is about."""
    for step in steps.ops:
        if isinstance(step, ops.OpContainer):
            yield from named_differences(step, tables)
        elif not isinstance(step, ops.DropTableOp) and _table_of(step) in tables:
            yield _name(step), _says(step)


def _table_of(step: ops.MigrateOperation) -> str | None:
    if isinstance(step, ops.CreateForeignKeyOp):
        return table_key(step.source_table, step.kw.get("source_schema"))
    if isinstance(step, ExclusionOp):
        return table_key(step.excluded.table, step.excluded.schema)
    if isinstance(step, GeneratedOp):
        return table_key(step.column.table, step.column.schema)
    table = getattr(step, "table_name", None)
    return None if table is None else table_key(table, getattr(step, "schema", None))


def _name(step: ops.MigrateOperation) -> str:
    match step:
        case RenameOp():
            return step.rename.new
        case MembersOp():
            return step.change.column
        case GeneratedOp():
            return step.column.name
        case ExclusionOp():
            return step.excluded.name
        case ops.AddConstraintOp():
            return str(step.to_constraint().name)
        case ops.AddColumnOp():
            return str(step.column.name)
        case _:
            names = (getattr(step, part, None) for part in ("constraint_name", "index_name", "column_name", "enum"))
            return str(next(filter(None, names), type(step).__name__))


def _says(step: ops.MigrateOperation) -> str:  # noqa: C901, PLR0911, PLR0912 - one for each kind
    match step:
        case MembersOp(change=change):
            moved = ", ".join(f"{old} is renamed {new}" for old, new in change.moved.items())
            return f"members of {change.table}.{change.column} differ" + (f": {moved}" if moved else "")
        case RenameOp():
            return str(step.rename)
        case ReleaseOp():
            return f"table {_table(step)} is declared as others', and is ours until a step says so"
        case ExclusionOp(action=AlterAction.ADD, excluded=excluded):
            return f"constraint {excluded.name} is missing or differs"
        case ExclusionOp(excluded=excluded):
            return f"constraint {excluded.name} on {excluded.table} is not declared or differs"
        case GeneratedOp() | PartitioningOp() | TenantWallOp():
            return step.says
        case AddLabelsOp():
            return f"the enum {step.enum} lacks labels"
        case ops.CreateTableOp():
            return f"table {_table(step)} is missing"
        case ops.CreateTableCommentOp() | ops.DropTableCommentOp():
            return f"comment of table {_table(step)} differs"
        case ops.DropTableOp():
            return f"table {_table(step)} is not declared"
        case ops.AddColumnOp():
            return f"column {_table(step)}.{step.column.name} is missing"
        case ops.DropColumnOp():
            return f"column {_table(step)}.{step.column_name} is not declared"
        case ops.AlterColumnOp():
            return f"column {_table(step)}.{step.column_name} differs"
        case ops.CreateIndexOp():
            return f"index {step.index_name} on {_table(step)} is missing or differs"
        case ops.DropIndexOp():
            return f"index {step.index_name} on {_table(step)} is not declared or differs"
        case ops.AddConstraintOp():
            return f"constraint {step.to_constraint().name} is missing or differs"
        case ops.DropConstraintOp():
            return f"constraint {step.constraint_name} on {_table(step)} is not declared or differs"
        case _:
            return type(step).__name__


def _table(step: Any) -> str:
    return table_key(str(step.table_name), step.schema)
