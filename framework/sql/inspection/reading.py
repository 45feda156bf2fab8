"""The catalog of a database, read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa

from framework.sql.inspection.catalog import (
    ColumnFound,
    ExclusionFound,
    IndexFound,
    LinkFound,
    PartFound,
    Row,
    TableFound,
    UniqueFound,
)

T = TypeVar("T")
TABLES = """
SELECT c.oid, n.nspname AS schema, c.relname AS name, c.relkind AS kind,
       obj_description(c.oid, 'pg_class') AS comment,
       c.relispartition OR EXISTS (SELECT 1 FROM pg_inherits i WHERE i.inhrelid = c.oid) AS child,
       EXISTS (SELECT 1 FROM pg_inherits i WHERE i.inhparent = c.oid) AS parent
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY(:schemas) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
ORDER BY n.nspname, c.relname
"""
# A domain may be over another; the length and the default are those of the first that says one.
COLUMNS = """
WITH RECURSIVE domains (oid, base, measure, required, preset) AS (
  SELECT oid, typbasetype, typtypmod, typnotnull, typdefault FROM pg_type WHERE typtype = 'd'
  UNION ALL SELECT d.oid, t.typbasetype, CASE WHEN d.measure < 0 THEN t.typtypmod ELSE d.measure END,
                   d.required OR t.typnotnull, coalesce(d.preset, t.typdefault)
            FROM domains d JOIN pg_type t ON t.oid = d.base WHERE t.typtype = 'd'
)
SELECT a.attrelid AS oid, a.attname AS name,
       format_type(coalesce(b.base, a.atttypid), coalesce(b.measure, a.atttypmod)) AS type,
       a.attnotnull OR coalesce(b.required, false) AS required,
       coalesce(pg_get_expr(d.adbin, d.adrelid), b.preset) AS default,
       a.attidentity <> '' AS identity, a.attgenerated <> '' AS generated,
       col_description(a.attrelid, a.attnum) AS comment,
       CASE WHEN a.attcollation NOT IN (0, bt.typcollation) THEN k.collname END AS collation,
       CASE WHEN t.typtype = 'd' THEN t.typname END AS domain,
       CASE WHEN t.typtype = 'e' THEN t.typname END AS enum_name,
       CASE WHEN t.typtype = 'e' THEN tn.nspname END AS enum_schema,
       ARRAY(SELECT e.enumlabel FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder)::text[] AS enum
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid JOIN pg_namespace tn ON tn.oid = t.typnamespace
LEFT JOIN domains b ON b.oid = t.oid AND (SELECT typtype FROM pg_type WHERE oid = b.base) <> 'd'
JOIN pg_type bt ON bt.oid = coalesce(b.base, t.oid)
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_collation k ON k.oid = a.attcollation
WHERE a.attrelid = ANY(:oids) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum
"""
# A catalog of PostgreSQL 14 has no column for absent values that are alike: what it lacks is not among its names.
RULES = """
SELECT k.conrelid AS oid, k.conname AS name, k.contype AS kind, k.condeferrable AS deferrable,
       k.condeferred AS deferred, k.confdeltype AS on_delete, n.nspname || '.' || f.relname AS target,
       pg_get_constraintdef(k.oid) AS definition, pg_get_expr(k.conbin, k.conrelid) AS expression,
       pg_get_expr(x.indpred, x.indrelid) AS where,
       coalesce(CAST(to_jsonb(x) ->> 'indnullsnotdistinct' AS boolean), false) AS absent_alike,
       ARRAY(SELECT a.attname FROM unnest(k.conkey) WITH ORDINALITY AS p(n, place)
             JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = p.n ORDER BY p.place)::text[] AS columns,
       ARRAY(SELECT a.attname FROM unnest(k.confkey) WITH ORDINALITY AS p(n, place)
             JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = p.n ORDER BY p.place)::text[] AS targets
FROM pg_constraint k LEFT JOIN pg_index x ON x.indexrelid = k.conindid AND k.contype <> 'f'
LEFT JOIN pg_class f ON f.oid = k.confrelid LEFT JOIN pg_namespace n ON n.oid = f.relnamespace
WHERE k.conrelid = ANY(:oids) AND k.contype IN ('p', 'u', 'f', 'c', 'x') AND k.conparentid = 0
ORDER BY k.conrelid, k.conname
"""
INDEXES = """
SELECT i.indrelid AS oid, c.relname AS name, i.indisunique AS unique, pg_get_expr(i.indpred, i.indrelid) AS where,
       pg_get_indexdef(i.indexrelid) AS definition,
       am.amname AS kind, coalesce(CAST(to_jsonb(i) ->> 'indnullsnotdistinct' AS boolean), false) AS absent_alike,
       i.indisvalid AS valid, i.indnkeyatts AS keys,
       coalesce(c.reloptions, '{}') AS options, i.indoption::int[] AS directions,
       ARRAY(SELECT a.attname FROM unnest(i.indkey::int[]) WITH ORDINALITY AS p(n, place)
             LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = p.n
             ORDER BY p.place)::text[] AS columns,
       ARRAY(SELECT pg_get_indexdef(i.indexrelid, n, false) FROM generate_series(1, i.indnkeyatts) AS n) AS expressions,
       ARRAY(SELECT CASE WHEN NOT oc.opcdefault THEN oc.opcname END
             FROM unnest(i.indclass::oid[]) WITH ORDINALITY AS p(oid, place) JOIN pg_opclass oc ON oc.oid = p.oid
             ORDER BY p.place)::text[] AS operators
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am am ON am.oid = c.relam
WHERE i.indrelid = ANY(:oids)
  AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
ORDER BY i.indrelid, c.relname
"""
TRIGGERS = "SELECT tgrelid AS oid, tgname AS name FROM pg_trigger WHERE tgrelid = ANY(:oids) AND NOT tgisinternal"
DESCENDING, NULLS_FIRST = 1, 2


def read_catalog(connection: sa.Connection, schemas: Sequence[str]) -> list[TableFound]:
    """The tables and views of these schemas, but for those of extensions."""
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
            parent=table["parent"],
            columns=columns.get(table["oid"], ()),
            uniques=[_unique(rule) for rule in rules.get(table["oid"], ()) if rule["kind"] in "pu"],
            links=[_link(rule) for rule in rules.get(table["oid"], ()) if rule["kind"] == "f"],
            checks={rule["name"]: rule["expression"] for rule in rules.get(table["oid"], ()) if rule["kind"] == "c"},
            exclusions=[_exclusion(rule) for rule in rules.get(table["oid"], ()) if rule["kind"] == "x"],
            indexes=indexes.get(table["oid"], ()),
            triggers=triggers.get(table["oid"], ()),
        )
        for table in tables
    ]


def _column(row: Row) -> ColumnFound:
    words: dict[str, Any] = {name: value for name, value in row.items() if name not in ("oid", "enum")}
    return ColumnFound(**words, enum=tuple(row["enum"]))


def _unique(row: Row) -> UniqueFound:
    primary, columns = row["kind"] == "p", tuple(row["columns"])
    return UniqueFound(
        row["name"], columns, primary, row["deferrable"], row["deferred"], row["absent_alike"], row["definition"]
    )


def _exclusion(row: Row) -> ExclusionFound:
    return ExclusionFound(row["name"], row["definition"], row["where"], row["deferrable"], row["deferred"])


def _link(row: Row) -> LinkFound:
    return LinkFound(row["name"], tuple(row["columns"]), row["target"], tuple(row["targets"]), row["on_delete"])


def _index(row: Row) -> IndexFound:
    directions, keys = row["directions"], row["keys"]
    parts = [
        PartFound(column, expression, bool(direction & DESCENDING), operators)
        for column, expression, direction, operators in zip(
            row["columns"][:keys], row["expressions"], directions, row["operators"], strict=True
        )
    ]
    return IndexFound(
        name=row["name"],
        parts=tuple(parts),
        unique=row["unique"],
        where=row["where"],
        definition=row["definition"],
        kind=row["kind"],
        include=tuple(row["columns"][keys:]),
        options=dict(option.split("=", 1) for option in row["options"]),
        absent_alike=row["absent_alike"],
        # What descends has absent values first unless it says otherwise, and a comparison tells whether ours would.
        absent_first=any(way & NULLS_FIRST and not way & DESCENDING for way in directions),
        valid=row["valid"],
    )
