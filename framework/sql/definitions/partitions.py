"""A table that is partitioned by time, in PostgreSQL's words: by which column, and what its partitions are called.

A partition of ours is known by its name, which ends in the moment that it begins with, whatever its table is called by
now. The default partition holds what no other does, so that a write never fails for want of one.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import sqlalchemy as sa

from framework.naming import MAX_IDENTIFIER
from framework.spec.resource import ResourceSpec
from framework.sql.definitions.quoting import PREPARER

PARTITION_BY = "postgresql_partition_by"
MOMENT = "_from_%Y%m%d%H"
REST = "_default"
ROOM = MAX_IDENTIFIER - len("_from_2026123123")
_BOUND = r"substring(pg_get_expr(c.relpartbound, c.oid) from '{} \(''([^'']+)''\)')::timestamptz"
# All but the default one, with what they hold and whether the name says that we have made it. A partition of somebody
# that is bounded by several columns, or by none that is a moment, has no bounds here and is not ours.
STANDING = (
    "SELECT n.nspname, c.relname, b.starts, b.ends,"  # noqa: S608 - nothing of it is from elsewhere
    " coalesce(c.relkind = 'r' AND right(c.relname, 16)"
    " = '_from_' || to_char(b.starts AT TIME ZONE 'UTC', 'YYYYMMDDHH24'), false) AS ours"
    " FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
    f" CROSS JOIN LATERAL (SELECT {_BOUND.format('FROM')} AS starts, {_BOUND.format('TO')} AS ends) b"
    " WHERE i.inhparent = to_regclass(CAST({table} AS text)) AND pg_get_expr(c.relpartbound, c.oid) <> 'DEFAULT'"
)


def partitioned_by(spec: ResourceSpec) -> str | None:
    """The column, as PostgreSQL says it: `RANGE (at)`; None for a table that is not partitioned."""
    rule = spec.retention
    if rule is None or rule.partition_every is None or not spec.managed:
        return None
    return f"RANGE ({PREPARER.quote(spec.attributes[rule.since].column_name)})"


def partition_name(table: str, start: datetime) -> str:
    """What the partition is called that begins with the moment."""
    return _beginning(table) + start.astimezone(UTC).strftime(MOMENT)


def default_partition(table: str, schema: str | None) -> str:
    """The statement that makes the one for all the rest."""
    names = [PREPARER.quote(name) for name in (_beginning(table) + REST, table)]
    here = "" if schema is None else f"{PREPARER.quote_schema(schema)}."
    return f"CREATE TABLE IF NOT EXISTS {here}{names[0]} PARTITION OF {here}{names[1]} DEFAULT"


def make_default_partition(table: sa.Table) -> None:
    """Has it made together with the table, where that is made without migrations."""
    statement = default_partition(table.name, table.schema).replace("%", "%%")
    sa.event.listen(table, "after_create", sa.DDL(statement))  # type: ignore[no-untyped-call]  # left untyped there


def _beginning(table: str) -> str:
    if len(table.encode()) <= ROOM:
        return table
    return f"dspex_{hashlib.sha256(table.encode()).hexdigest()[:16]}"
