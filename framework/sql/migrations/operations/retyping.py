"""A column that comes to be of another type, and the lock under which its values are looked at before that."""

from __future__ import annotations

from alembic.operations import ops

from framework.sql.migrations.operations.renames import escaped, quoted
from framework.sql.migrations.operations.table_operation import TableOperation


class RetypeOp(ops.ExecuteSQLOp, TableOperation):
    """That a column is of the type, with the values that the expression `using` makes of those that stand."""

    def __init__(self, table_name: str, column: str, *, kind: str, using: str, schema: str | None) -> None:
        self.table_name, self.column, self.schema, self.kind = table_name, column, schema, kind
        changed = f"ALTER COLUMN {quoted(column)} TYPE {kind} USING {using}"
        super().__init__(escaped(f"ALTER TABLE {self.qualified} {changed}"))


class LockTableOp(ops.ExecuteSQLOp, TableOperation):
    """That nobody writes from before a look on: what is then done to a value would not fail where it loses some."""

    def __init__(self, table_name: str, schema: str | None) -> None:
        self.table_name, self.schema = table_name, schema
        super().__init__(escaped(f"LOCK TABLE {self.qualified} IN ACCESS EXCLUSIVE MODE"))
