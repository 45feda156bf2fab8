"""Rules and indexes as PostgreSQL itself writes them, so that two can be compared by their text.

Ours are put on a temporary table first, inside a savepoint that is rolled back: only the server knows that
`state IN ('a', 'b')` and `state = ANY (ARRAY['a', 'b'])` are the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from framework.sql.definitions.server_extensions import create_extension, needed_extensions
from framework.sql.migrations.operations.renames import qualified

CHECKS = sa.text(
    "SELECT conname, pg_get_expr(conbin, conrelid) FROM pg_constraint"
    " WHERE contype = 'c' AND conrelid = to_regclass(:table)"
)
KEYS = sa.text(
    "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE contype IN ('p', 'u') AND conrelid = to_regclass(:table)"
)
GENERATED = sa.text(
    "SELECT a.attname, pg_get_expr(d.adbin, d.adrelid) FROM pg_attribute a"
    " JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
    " WHERE a.attgenerated <> '' AND a.attrelid = to_regclass(:table)"
)
EXCLUSIONS = sa.text(
    "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE contype = 'x' AND conrelid = to_regclass(:table)"
)
INDEXES = sa.text(
    "SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
    " WHERE i.indrelid = to_regclass(:table)"
    " AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))"
)
# What an index is besides its name and its table.
NAMES = re.compile(r'INDEX (?:"(?:[^"]|"")+"|\S+) ON (?:ONLY )?.+? USING ')


@dataclass(frozen=True, slots=True)
class Definitions:
    """The CHECKs, keys (primary and unique), indexes, generated columns and exclusions of a table, by name."""

    checks: Mapping[str, str]
    keys: Mapping[str, str]
    indexes: Mapping[str, str]
    generated: Mapping[str, str]
    exclusions: Mapping[str, str]


def table_sql(table: sa.Table) -> str:
    """The table's name as a statement has it."""
    return qualified(table.schema, table.name)


def standing(connection: sa.Connection, table: sa.Table) -> Definitions:
    """Those of the table as it stands in the database."""
    return _read(connection, table_sql(table))


def declared(connection: sa.Connection, table: sa.Table) -> Definitions:
    """Those that the declared table would have."""
    savepoint = connection.begin_nested()
    try:
        for name in needed_extensions([table]):
            connection.exec_driver_sql(create_extension(name))
        scratch = _scratch(table)
        scratch.create(connection)
        return _read(connection, f"pg_temp.{table_sql(scratch)}")
    finally:
        savepoint.rollback()


def _scratch(table: sa.Table) -> sa.Table:
    copy = table.to_metadata(sa.MetaData(), schema=None)  # type: ignore[arg-type]  # None: that of the new MetaData
    copy._prefixes = [*copy._prefixes, "TEMPORARY"]  # noqa: SLF001 - a Table takes prefixes only when it is made
    for constraint in [*copy.constraints]:
        if isinstance(constraint, sa.ForeignKeyConstraint):
            copy.constraints.discard(constraint)
    return copy


def _read(connection: sa.Connection, table: str) -> Definitions:
    checks, keys, indexes, generated, exclusions = (
        {str(name): str(text) for name, text in connection.execute(query, {"table": table})}
        for query in (CHECKS, KEYS, INDEXES, GENERATED, EXCLUSIONS)
    )
    named = {name: NAMES.sub("INDEX USING ", text) for name, text in indexes.items()}
    return Definitions(checks, keys, named, generated, exclusions)
