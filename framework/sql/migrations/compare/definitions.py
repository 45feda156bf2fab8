"""Tables as PostgreSQL itself writes what they are of, so that two can be compared by their text.

Ours are made as temporary tables first, in a savepoint that is rolled back (see `scratch`): only the server knows that
`state IN ('a', 'b')` and `state = ANY (ARRAY['a', 'b'])` are the same. All tables are read at once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from framework.sql.migrations.operations.renames import qualified

NAMED = " FROM unnest(CAST(:keys AS text[]), CAST(:names AS text[])) AS t (key, name)"
RULES = sa.text(
    "SELECT t.key, CAST(k.contype AS text), k.conname,"
    " CASE k.contype WHEN 'c' THEN pg_get_expr(k.conbin, k.conrelid) ELSE pg_get_constraintdef(k.oid) END"
    + NAMED
    + " JOIN pg_constraint k ON k.conrelid = to_regclass(t.name)"
    " WHERE k.contype IN ('c', 'p', 'u', 'x', 'f') ORDER BY k.oid"
)
INDEXES = sa.text(
    "SELECT t.key, 'index', c.relname, pg_get_indexdef(i.indexrelid)"  # noqa: S608 - nothing of it is from elsewhere
    + NAMED
    + " JOIN pg_index i ON i.indrelid = to_regclass(t.name) JOIN pg_class c ON c.oid = i.indexrelid"
    " WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))"
    " ORDER BY i.indexrelid"
)
COLUMNS = sa.text(
    "SELECT t.key, part.kind, a.attname, part.says"
    + NAMED
    + " JOIN pg_attribute a ON a.attrelid = to_regclass(t.name) AND a.attnum > 0 AND NOT a.attisdropped"
    " LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.attgenerated <> ''"
    " CROSS JOIN LATERAL (VALUES ('generated', pg_get_expr(d.adbin, d.adrelid)),"
    " ('comment', col_description(a.attrelid, a.attnum)),"
    " ('column', concat_ws(' ', format_type(a.atttypid, a.atttypmod),"
    " 'COLLATE ' || CAST(nullif(a.attcollation, 0) AS text),"
    " CASE WHEN a.attnotnull THEN 'NOT NULL' END,"
    " 'IDENTITY ' || nullif(CAST(a.attidentity AS text), '')))"
    ") AS part (kind, says) WHERE part.says IS NOT NULL ORDER BY a.attrelid, a.attnum"
)
COMMENTS = sa.text(
    "SELECT t.key, 'comment', '', obj_description(to_regclass(t.name), 'pg_class')"
    + NAMED
    + " WHERE obj_description(to_regclass(t.name), 'pg_class') IS NOT NULL"
)
PARTITIONS = sa.text(
    "SELECT t.key, 'partition', '', pg_get_partkeydef(to_regclass(t.name))"
    + NAMED
    + " WHERE pg_get_partkeydef(to_regclass(t.name)) IS NOT NULL"
)
# What an index is besides its name and its table.
NAMES = re.compile(r'INDEX (?:"(?:[^"]|"")+"|\S+) ON (?:ONLY )?.+? USING ')
KINDS = {"c": "checks", "p": "keys", "u": "keys", "x": "exclusions", "f": "links", "index": "indexes"}
KINDS |= {"generated": "generated", "column": "columns", "comment": "comments", "partition": "partition"}


@dataclass(frozen=True, slots=True)
class Definitions:
    """The CHECKs, keys (primary and unique), indexes, generated columns and exclusions of a table, by name.

    Its links too, what its columns are and its comments, that of the table under no name; these are not read of a
    table that was made to be looked at. What it is partitioned by is under no name.
    """

    checks: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    indexes: Mapping[str, str] = field(default_factory=dict)
    generated: Mapping[str, str] = field(default_factory=dict)
    exclusions: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    comments: Mapping[str, str] = field(default_factory=dict)
    partition: Mapping[str, str] = field(default_factory=dict)


def table_sql(table: sa.Table) -> str:
    """The table's name as a statement has it."""
    return qualified(table.schema, table.name)


def standing(connection: sa.Connection, table: sa.Table) -> Definitions:
    """Those of the table as it stands in the database."""
    return read_definitions(connection, {table.key: table_sql(table)})[table.key]


def read_definitions(connection: sa.Connection, tables: Mapping[str, str]) -> Mapping[str, Definitions]:
    """Those of the tables, whose names as a statement has them are told by key, by the same keys."""
    found: dict[str, dict[str, dict[str, str]]] = {key: {} for key in tables}
    where = {"keys": [*tables], "names": [*tables.values()]}
    for query in (RULES, INDEXES, COLUMNS, COMMENTS, PARTITIONS) if tables else ():
        for key, kind, name, text in connection.execute(query, where):
            said = NAMES.sub("INDEX USING ", text) if kind == "index" else text
            found[key].setdefault(KINDS[kind], {})[name] = said
    return {key: Definitions(**parts) for key, parts in found.items()}
