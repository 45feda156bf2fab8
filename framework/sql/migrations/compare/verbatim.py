"""Expressions as they are declared or stand: no percent sign in them is doubled, no colon begins a parameter.

Alembic renders an expression for the driver, which doubles percent signs, and reads it again as a text with parameters
(sqlalchemy/alembic#562, #439; sqlalchemy/sqlalchemy#8076).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic.ddl._autogen import ComparisonResult
from alembic.ddl.postgresql import PostgresqlImpl
from alembic.operations import ops

from framework.sql.migrations.operations.renames import DIALECT, escaped

Step = ops.MigrateOperation
# The ways of a driver in which a percent sign begins a parameter.
PERCENT = ("format", "pyformat")


class VerbatimImpl(PostgresqlImpl):
    """Alembic's PostgreSQL, taken for it from when this is imported, that writes expressions into steps as they are."""

    __dialect__ = "postgresql"

    def create_table(self, table: sa.Table, **words: Any) -> None:
        """Makes it; SQLAlchemy doubles no percent sign in what a table is partitioned by, and the driver reads it."""
        said = table.dialect_options["postgresql"]
        if said["partition_by"] is not None and self.dialect.paramstyle in PERCENT:
            said["partition_by"] = said["partition_by"].replace("%", "%%")
        super().create_table(table, **words)

    def compare_server_default(self, *_: Any) -> bool:
        """Never: what a column has by default is the program's to say, and a DEFAULT set by hand is left as it is.

        Identities and generated columns are compared elsewhere.
        """
        return False

    def render_ddl_sql_expr(
        self,
        expr: sa.ClauseElement,
        is_server_default: bool = False,  # noqa: FBT001, FBT002 - as Alembic has it
        is_index: bool = False,  # noqa: FBT001, FBT002
        **_: Any,
    ) -> str:
        """The expression with its values in place, to be read by `sa.text`."""
        if is_index and not isinstance(expr, sa.ColumnClause):
            expr = expr.self_group()
        # A compiler that is given nothing to begin with: it takes as long to begin as a short expression does.
        sql = DIALECT.statement_compiler(DIALECT, None).process(expr, literal_binds=True, include_table=False)
        # What an index is of is rendered as a literal column, in which a colon is one.
        return sql if is_index else escaped(sql)

    def compare_indexes(self, *_: Any) -> ComparisonResult:
        """Nothing: what differs is told by PostgreSQL's own definitions."""
        return ComparisonResult.Equal()

    def compare_unique_constraint(self, *_: Any) -> ComparisonResult:
        """Nothing: what differs is told by PostgreSQL's own definitions."""
        return ComparisonResult.Equal()


def verbatim(steps: Sequence[Step]) -> Iterator[Step]:
    """The steps, with what was read from the database taken as it stands there."""
    for step in steps:
        if isinstance(step, ops.CreateIndexOp) and isinstance(step.kw.get("postgresql_where"), str):
            step.kw["postgresql_where"] = sa.text(escaped(step.kw["postgresql_where"]))
        if isinstance(step, ops.AddColumnOp):
            _as_it_stands(step.column)
        if isinstance(step, ops.CreateTableOp):
            for part in step.columns:
                _as_it_stands(part)
                if isinstance(part, sa.CheckConstraint) and isinstance(part.sqltext, sa.TextClause):
                    part.sqltext = sa.text(escaped(part.sqltext.text))
        yield step


def _as_it_stands(part: object) -> None:
    """Has a column that is worked out be so by what it says in the database."""
    by = part.computed if isinstance(part, sa.Column) else None
    if by is not None and isinstance(by.sqltext, sa.TextClause):
        by.sqltext = sa.text(escaped(by.sqltext.text))
