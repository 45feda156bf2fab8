"""The catalog of a database, read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa

from framework.sql.inspection.catalog import ColumnFound, IndexFound, LinkFound, Row, TableFound, UniqueFound

T = TypeVar("T")
TABLES = """
SELECT c.oid, n.nspname AS schema, c.relname AS name, c.relkind AS kind,
       obj_description(c.oid, 'pg_class') AS comment,
       c.relispartition OR EXISTS (SELECT 1 FROM pg_inherits i WHERE i.inhrelid = c.oid) AS child
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY(:schemas) AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relname NOT LIKE 'alembic_version%'
  AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
ORDER BY n.nspname, c.relname
"""
COLUMNS = """
SELECT a.attrelid AS oid, a.attname AS name,
       format_type(CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE a.atttypid END,
                   CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END) AS type,
       a.attnotnull OR t.typnotnull AS required, pg_get_expr(d.adbin, d.adrelid) AS default,
       a.attidentity <> '' AS identity, a.attgenerated <> '' AS generated,
       col_description(a.attrelid, a.attnum) AS comment,
       CASE WHEN a.attcollation NOT IN (0, t.typcollation) THEN k.collname END AS collation,
       CASE WHEN t.typtype = 'd' THEN t.typname END AS domain,
       CASE WHEN t.typtype = 'e' THEN t.typname END AS enum_name,
       CASE WHEN t.typtype = 'e' THEN tn.nspname END AS enum_schema,
       ARRAY(SELECT e.enumlabel FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder)::text[] AS enum
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid JOIN pg_namespace tn ON tn.oid = t.typnamespace
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_collation k ON k.oid = a.attcollation
WHERE a.attrelid = ANY(:oids) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum
"""
RULES = """
SELECT k.conrelid AS oid, k.conname AS name, k.contype AS kind, k.condeferrable AS deferrable,
       k.condeferred AS deferred, k.confdeltype AS on_delete, n.nspname || '.' || f.relname AS target,
       pg_get_constraintdef(k.oid) AS definition, pg_get_expr(k.conbin, k.conrelid) AS expression,
       ARRAY(SELECT a.attname FROM unnest(k.conkey) WITH ORDINALITY AS p(n, place)
             JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = p.n ORDER BY p.place)::text[] AS columns,
       ARRAY(SELECT a.attname FROM unnest(k.confkey) WITH ORDINALITY AS p(n, place)
             JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = p.n ORDER BY p.place)::text[] AS targets
FROM pg_constraint k LEFT JOIN pg_class f ON f.oid = k.confrelid LEFT JOIN pg_namespace n ON n.oid = f.relnamespace
WHERE k.conrelid = ANY(:oids) AND k.contype IN ('p', 'u', 'f', 'c', 'x')
ORDER BY k.conrelid, k.conname
"""
# A plain index is a B-tree over columns, in their own order, of which absent values come last.
INDEXES = """
SELECT i.indrelid AS oid, c.relname AS name, i.indisunique AS unique, pg_get_expr(i.indpred, i.indrelid) AS where,
       pg_get_indexdef(i.indexrelid) AS definition,
       am.amname = 'btree' AND i.indnkeyatts = i.indnatts AND i.indisvalid AND NOT i.indnullsnotdistinct
         AND NOT EXISTS (SELECT 1 FROM unnest(i.indclass::oid[]) o JOIN pg_opclass oc ON oc.oid = o
                         WHERE NOT oc.opcdefault) AND c.reloptions IS NULL AS plain,
       ARRAY(SELECT a.attname FROM unnest(i.indkey::int[]) WITH ORDINALITY AS p(n, place)
             LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = p.n
             ORDER BY p.place)::text[] AS columns,
       i.indoption::int[] AS options
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am am ON am.oid = c.relam
WHERE i.indrelid = ANY(:oids)
  AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
ORDER BY i.indrelid, c.relname
"""
TRIGGERS = "SELECT tgrelid AS oid, tgname AS name FROM pg_trigger WHERE tgrelid = ANY(:oids) AND NOT tgisinternal"
DESCENDING, NULLS_FIRST = 1, 2


def read_catalog(connection: sa.Connection, schemas: Sequence[str]) -> list[TableFound]:
    """The tables and views of these schemas, but for those of extensions and the one that counts our steps."""
    tables = [*connection.execute(sa.text(TABLES), {"schemas": [*schemas]}).mappings()]
    oids = [table["oid"] for table in tables]

    def by_table(query: str, read: Callable[[Row], T]) -> Mapping[int, list[T]]:
        found: defaultdict[int, list[T]] = defaultdict(list)
        for row in connection.execute(sa.text(query), {"oids": oids}).mappings():
            found[row["oid"]].append(read({str(name): value for name, value in row.items()}))
        return found

    columns, rules = by_table(COLUMNS, _column), by_table(RULES, dict)
    indexes, triggers = by_table(INDEXES, _index), by_table(TRIGGERS, lambda row: str(row["name"]))
    return [
        TableFound(
            schema=table["schema"],
            name=table["name"],
            kind=table["kind"],
            comment=table["comment"],
            child=table["child"],
            columns=columns.get(table["oid"], ()),
            uniques=[_unique(rule) for rule in rules.get(table["oid"], ()) if rule["kind"] in "pu"],
            links=[_link(rule) for rule in rules.get(table["oid"], ()) if rule["kind"] == "f"],
            checks=_named(rules.get(table["oid"], ()), "c", "expression"),
            others=_named(rules.get(table["oid"], ()), "x", "definition"),
            indexes=indexes.get(table["oid"], ()),
            triggers=triggers.get(table["oid"], ()),
        )
        for table in tables
    ]


def _column(row: Row) -> ColumnFound:
    words: dict[str, Any] = {name: value for name, value in row.items() if name not in ("oid", "enum")}
    return ColumnFound(**words, enum=tuple(row["enum"]))


def _unique(row: Row) -> UniqueFound:
    return UniqueFound(row["name"], tuple(row["columns"]), row["kind"] == "p", row["deferrable"], row["deferred"])


def _link(row: Row) -> LinkFound:
    return LinkFound(row["name"], tuple(row["columns"]), row["target"], tuple(row["targets"]), row["on_delete"])


def _named(rules: Iterable[Row], kind: str, part: str) -> dict[str, str]:
    return {rule["name"]: rule[part] for rule in rules if rule["kind"] == kind}


def _index(row: Row) -> IndexFound:
    descending = tuple(bool(option & DESCENDING) for option in row["options"])
    # A column that may be absent descends with absent values first unless it says otherwise; ours come last.
    first = tuple(bool(option & NULLS_FIRST) for option in row["options"])
    return IndexFound(
        name=row["name"],
        columns=tuple(row["columns"]),
        descending=descending,
        unique=row["unique"],
        where=row["where"],
        plain=row["plain"] and not any(one and not other for one, other in zip(first, descending, strict=True)),
        definition=row["definition"],
    )
