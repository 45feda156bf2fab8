"""The declared tables as PostgreSQL would have them: made as temporary ones, read, and gone again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql.base import PGDialect, PGIdentifierPreparer
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable

from framework.sql.definitions.server_extensions import create_extension, needed_extensions
from framework.sql.migrations.compare.definitions import Definitions, read_definitions
from framework.sql.migrations.compare.labels import created_enum, lacking
from framework.sql.migrations.operations.labels import labels_of, together
from framework.sql.migrations.operations.renames import literal, quoted

# Every table and index that is made holds a lock, of which a server has a few thousand, until it is gone.
AT_ONCE = 50
# What an enum is called meanwhile, in the place of which one with all the labels is made.
LACKING = "dspex_lacking_{}"


class TemporaryNames(PGIdentifierPreparer):
    """Names by which a table is made in the session's own schema, wherever it is declared to be."""

    def format_table(self, table: sa.FromClause, use_schema: bool = True, name: str | None = None) -> str:  # noqa: FBT001, FBT002 - as SQLAlchemy calls it
        """The table's name."""
        return temporary(table)  # type: ignore[arg-type]  # only tables are made


class Temporary(PGDialect):
    """PostgreSQL's language for tables of the session."""

    preparer = TemporaryNames
    supports_statement_cache = False


# Named parameters, so that a percent sign in a text is one and not two.
TEMPORARY: Dialect = Temporary(paramstyle="named")  # type: ignore[no-untyped-call]  # left untyped there


def declared_definitions(connection: sa.Connection, tables: Sequence[sa.Table]) -> Mapping[str, Definitions]:
    """The definitions that the declared tables would have, by their keys; what their links would be is not told."""
    found: dict[str, Definitions] = {}
    # Two of one schema have no name in common.
    for _, several in groupby(sorted(tables, key=_schema), key=_schema):
        of_one = [*several]
        for start in range(0, len(of_one), AT_ONCE):
            found |= _made_and_read(connection, of_one[start : start + AT_ONCE])
    return found


def _made_and_read(connection: sa.Connection, tables: Sequence[sa.Table]) -> Mapping[str, Definitions]:
    savepoint = connection.begin_nested()
    try:
        for name in needed_extensions(tables):
            connection.exec_driver_sql(create_extension(name))
        labels = together([step for table in tables for step in lacking(connection, table)])
        for number, step in enumerate(labels):
            # A label that is added cannot be used before it is committed; those of an enum that is made can.
            wanted = ", ".join(map(literal, (*labels_of(connection, step.enum), *step.labels)))
            made = f"CREATE TYPE {step.enum} AS ENUM ({wanted})"
            renamed = f"ALTER TYPE {step.enum} RENAME TO {LACKING.format(number)}"
            connection.exec_driver_sql(f"{renamed}; {made}".replace("%", "%%"))
        for table in tables:
            # One round trip: without parameters the driver sends several statements as they are.
            connection.exec_driver_sql("; ".join(_statements(table)).replace("%", "%%"))
        return read_definitions(connection, {table.key: temporary(table) for table in tables})
    finally:
        savepoint.rollback()


def _statements(table: sa.Table) -> Iterator[str]:
    """What makes the table, without its links, which no temporary table may have to another."""
    kinds = {column.type for column in table.c if isinstance(column.type, postgresql.ENUM)}
    yield from {created_enum(kind) for kind in kinds}
    yield str(CreateTable(table, include_foreign_key_constraints=[]).compile(dialect=TEMPORARY))
    for index in table.indexes:
        yield str(CreateIndex(index).compile(dialect=TEMPORARY))


def temporary(table: sa.Table) -> str:
    """The name of the temporary table."""
    return f"pg_temp.{quoted(table.name)}"


def _schema(table: sa.Table) -> str:
    return table.schema or ""
