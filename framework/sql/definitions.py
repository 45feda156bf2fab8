"""CHECKs and indexes as PostgreSQL itself writes them, so that two can be compared by their text.

Ours are put on a temporary table first, inside a savepoint that is rolled back: only the server knows that
`state IN ('a', 'b')` and `state = ANY (ARRAY['a', 'b'])` are the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from framework.sql.columns import Embedding

CHECKS = sa.text(
    "SELECT conname, pg_get_expr(conbin, conrelid) FROM pg_constraint"
    " WHERE contype = 'c' AND conrelid = (SELECT oid FROM pg_class WHERE relname = :table AND relnamespace = "
    "CASE WHEN :scratch THEN pg_my_temp_schema() ELSE current_schema()::regnamespace END)"
)
INDEXES = sa.text(
    "SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
    " WHERE i.indrelid = (SELECT oid FROM pg_class WHERE relname = :table AND relnamespace = "
    "CASE WHEN :scratch THEN pg_my_temp_schema() ELSE current_schema()::regnamespace END)"
)
ON_TABLE = re.compile(r" ON (?:ONLY )?\S+ USING ")


@dataclass(frozen=True, slots=True)
class Definitions:
    """The CHECKs and the indexes of a table, by name."""

    checks: Mapping[str, str]
    indexes: Mapping[str, str]


def standing(connection: sa.Connection, table: str) -> Definitions:
    """Those of a table of the database."""
    return _read(connection, table, scratch=False)


def declared(connection: sa.Connection, table: sa.Table) -> Definitions:
    """Those that the declared table would have."""
    savepoint = connection.begin_nested()
    try:
        _scratch(table).create(connection)
        return _read(connection, table.name, scratch=True)
    finally:
        savepoint.rollback()


def _scratch(table: sa.Table) -> sa.Table:
    copy = table.to_metadata(sa.MetaData())
    copy._prefixes = [*copy._prefixes, "TEMPORARY"]  # noqa: SLF001 - a Table takes prefixes only when it is made
    for constraint in [*copy.constraints]:
        if isinstance(constraint, sa.ForeignKeyConstraint):
            copy.constraints.discard(constraint)
    for column in copy.c:
        # The extension may not be there yet, and no rule speaks of a vector.
        if isinstance(column.type, Embedding):
            column.type = sa.Text()
    return copy


def _read(connection: sa.Connection, table: str, *, scratch: bool) -> Definitions:
    where = {"table": table, "scratch": scratch}
    checks = {str(name): str(text) for name, text in connection.execute(CHECKS, where)}
    indexes = {name: ON_TABLE.sub(" USING ", text) for name, text in connection.execute(INDEXES, where)}
    return Definitions(checks, indexes)
