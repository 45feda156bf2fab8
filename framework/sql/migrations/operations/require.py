"""A column required without its table being locked while it is read.

`op.require("invoices", "gross")`: PostgreSQL need not look at the records for SET NOT NULL where a CHECK that was
validated, beside writers, says it already (12 and later).
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from alembic.operations import Operations

from framework.naming import constraint_name
from framework.sql.migrations.operations.lock_policy import is_online, without_timeout
from framework.sql.migrations.operations.renames import escaped, quoted
from framework.sql.migrations.operations.table_operation import TableOperation, operation
from framework.sql.migrations.operations.validating import has_constraint

REQUIRED = sa.text("SELECT attnotnull FROM pg_attribute WHERE attrelid = to_regclass(:table) AND attname = :column")


@operation("require")
@dataclass(frozen=True)
class RequireOp(TableOperation):
    """That a column holds something in every record."""

    table_name: str
    column: str
    schema: str | None = None


@Operations.implementation_for(RequireOp)
def require(operations: Operations, step: RequireOp) -> None:
    """Adds the CHECK, validates it, requires, and drops it; what of that is done already is left."""
    context = operations.get_context()
    table, column = step.qualified, quoted(step.column)
    needed = f"ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL"
    if not is_online(context):
        operations.execute(sa.text(escaped(needed)))
        return
    name = constraint_name("ck", step.table_name, step.column, "required")
    check = f"ALTER TABLE {table} ADD CONSTRAINT {quoted(name)} CHECK ({column} IS NOT NULL) NOT VALID"
    validated = sa.text(escaped(f"ALTER TABLE {table} VALIDATE CONSTRAINT {quoted(name)}"))
    there = not context.as_sql and has_constraint(operations.get_bind(), table, name)
    if context.as_sql or not operations.get_bind().scalar(REQUIRED, {"table": table, "column": step.column}):
        if not there:
            operations.execute(sa.text(escaped(check)))
        without_timeout(context, lambda: operations.execute(validated))
        operations.execute(sa.text(escaped(needed)))
    operations.execute(sa.text(escaped(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {quoted(name)}")))
