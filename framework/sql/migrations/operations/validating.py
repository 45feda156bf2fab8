"""Rules that hold for what is written from now on first, and are looked at for what stands beside writers.

`op.validate_constraint("items", "ck_items_short")` after a constraint made `postgresql_not_valid=True`, and
`op.unique_by_index("items", "uq_items_title")` after a unique index of that name made `postgresql_concurrently=True`.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from alembic.operations import Operations

from framework.sql.migrations.operations.lock_policy import is_online, without_timeout
from framework.sql.migrations.operations.renames import escaped, quoted
from framework.sql.migrations.operations.table_operation import TableOperation, operation

HAS_CONSTRAINT = sa.text("SELECT 1 FROM pg_constraint WHERE conname = :name AND conrelid = to_regclass(:table)")


@operation("validate_constraint")
@dataclass(frozen=True)
class ValidateConstraintOp(TableOperation):
    """That a CHECK or a link holds for the records that stand, too."""

    table_name: str
    name: str
    schema: str | None = None


@operation("unique_by_index")
@dataclass(frozen=True)
class UniqueByIndexOp(TableOperation):
    """That the unique index of this name, or of `index`, becomes the constraint of this name."""

    table_name: str
    name: str
    deferrable: bool = False
    initially: str | None = None
    schema: str | None = None
    index: str | None = None


@Operations.implementation_for(ValidateConstraintOp)
def validate(operations: Operations, step: ValidateConstraintOp) -> None:
    """Waits for nobody who only reads or writes, and nobody for it."""
    statement = f"ALTER TABLE {step.qualified} VALIDATE CONSTRAINT {quoted(step.name)}"
    without_timeout(operations.get_context(), lambda: operations.execute(sa.text(escaped(statement))))


@Operations.implementation_for(UniqueByIndexOp)
def use_index(operations: Operations, step: UniqueByIndexOp) -> None:
    """Makes the constraint, unless an online step that ended half way has."""
    context, table = operations.get_context(), step.qualified
    if is_online(context) and not context.as_sql and has_constraint(operations.get_bind(), table, step.name):
        return
    when = " DEFERRABLE" if step.deferrable else ""
    when += "" if step.initially is None else f" INITIALLY {step.initially}"
    added = f"ADD CONSTRAINT {quoted(step.name)} UNIQUE USING INDEX {quoted(step.index or step.name)}{when}"
    operations.execute(sa.text(escaped(f"ALTER TABLE {table} {added}")))


def has_constraint(connection: sa.Connection, table: str, name: str) -> bool:
    """Whether the table, named as in a statement, has a constraint of that name."""
    return connection.scalar(HAS_CONSTRAINT, {"name": name, "table": table}) is not None
