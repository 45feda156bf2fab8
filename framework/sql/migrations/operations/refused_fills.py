"""A fill that a standing rule refuses: the records that would break it, by number, where PostgreSQL tells of one.

The rule is read from the catalog, so that those made by hand are told as well. What the table would be when it is
filled stands under the table's own name in a query, so that the rule can be asked there as it is written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
import sqlalchemy as sa

from framework.sql.migrations.compare.indexes import parts_of
from framework.sql.migrations.operations.probes import MEND, RefuseRowsOp
from framework.sql.migrations.operations.renames import quoted
from framework.sql.migrations.operations.table_operation import TableOperation

PLACE, EMPTY, OTHER = "dspex_place", "dspex_empty", "dspex_other"
COLUMNS = sa.text(
    "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(:table) AND attnum > 0 AND NOT attisdropped"
)
CONSTRAINT = sa.text(
    "SELECT contype, pg_get_constraintdef(oid) AS definition, pg_get_expr(conbin, conrelid) AS condition,"
    " CAST(CAST(NULLIF(confrelid, 0) AS regclass) AS text) AS target,"
    " (SELECT pg_get_expr(indpred, indrelid) FROM pg_index WHERE indexrelid = conindid) AS among,"
    " ARRAY(SELECT attname FROM unnest(conkey) WITH ORDINALITY k (n, place) JOIN pg_attribute ON attrelid = conrelid"
    " AND attnum = k.n ORDER BY place) AS here,"
    " ARRAY(SELECT attname FROM unnest(confkey) WITH ORDINALITY k (n, place) JOIN pg_attribute ON attrelid = confrelid"
    " AND attnum = k.n ORDER BY place) AS there"
    " FROM pg_constraint WHERE conname = :name AND conrelid = to_regclass(:table)"
)
INDEX = sa.text(
    "SELECT pg_get_indexdef(i.indexrelid) AS definition, pg_get_expr(i.indpred, i.indrelid) AS among,"
    " coalesce(CAST(to_jsonb(i) ->> 'indnullsnotdistinct' AS boolean), false) AS alike,"
    " ARRAY(SELECT pg_get_indexdef(i.indexrelid, n, true) FROM generate_series(1, i.indnkeyatts) n) AS parts"
    " FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
    " WHERE i.indrelid = to_regclass(:table) AND c.relname = :name"
)


@dataclass(frozen=True, slots=True)
class Fill:
    """A column of a table, and what the records that have nothing there are to get."""

    operation: TableOperation
    column: str
    value: str

    def refused_by(self, connection: sa.Connection, error: sa.exc.IntegrityError) -> RefuseRowsOp | None:
        """The look for the records that would break the rule which has refused it; None where it cannot be told."""
        rule = error.orig.diag.constraint_name if isinstance(error.orig, psycopg.Error) else None
        asked = {"table": self.operation.qualified, "name": rule}
        constraint = connection.execute(CONSTRAINT, asked).one_or_none()
        index = connection.execute(INDEX, asked).one_or_none()
        found = None if constraint is None else WAYS.get(str(constraint.contype))
        if constraint is not None and found is not None:
            places, definition = found(self._filled(connection), constraint), constraint.definition
        elif index is not None:
            places, definition = _twins(self._filled(connection), index), index.definition
        else:
            return None
        says = f"have no `{self.column}`, and with what they are to get there they would break `{rule}`: {definition}"
        table, schema = self.operation.table_name, self.operation.schema
        return RefuseRowsOp(table, f"ctid IN ({places})", says, schema, f"say another backfill=, or {MEND}")

    def _filled(self, connection: sa.Connection) -> str:
        """The table as it would be, under its own name."""
        table, column = self.operation.qualified, quoted(self.column)
        names = [quoted(name) for name in connection.execute(COLUMNS, {"table": table}).scalars()]
        given = f"coalesce({column}, ({self.value})) AS {column}"
        parts = [
            f"ctid AS {PLACE}",
            f"{column} IS NULL AS {EMPTY}",
            *(given if name == column else name for name in names),
        ]
        return f"(SELECT {', '.join(parts)} FROM {table}) AS {quoted(self.operation.table_name)}"  # noqa: S608


def _breaking(filled: str, rule: Any) -> str:
    return f"SELECT {PLACE} FROM {filled} WHERE {EMPTY} AND NOT ({rule.condition})"  # noqa: S608 - PostgreSQL's own


def _astray(filled: str, rule: Any) -> str:
    pairs = [(quoted(here), quoted(there)) for here, there in zip(rule.here, rule.there, strict=True)]
    present = " AND ".join(f"{here} IS NOT NULL" for here, _ in pairs)
    met = " AND ".join(f"{OTHER}.{there} = {here}" for here, there in pairs)
    known = f"SELECT 1 FROM {rule.target} AS {OTHER} WHERE {met}"  # noqa: S608 - PostgreSQL's own
    return f"SELECT {PLACE} FROM {filled} WHERE {EMPTY} AND {present} AND NOT EXISTS ({known})"  # noqa: S608


def _twins(filled: str, rule: Any) -> str:
    parts = ", ".join(rule.parts)
    among = [] if rule.among is None else [f"({rule.among})"]
    among += [] if rule.alike else [f"({part}) IS NOT NULL" for part in rule.parts]
    where = f" WHERE {' AND '.join(among)}" if among else ""
    counted = f"SELECT {PLACE}, {EMPTY}, count(*) OVER (PARTITION BY {parts}) AS alike FROM {filled}{where}"  # noqa: S608
    return f"SELECT {PLACE} FROM ({counted}) AS {OTHER} WHERE {EMPTY} AND alike > 1"  # noqa: S608


def _overlapping(filled: str, rule: Any) -> str:
    pairs = [part.rpartition(" WITH ")[::2] for part in parts_of(rule.definition)]
    parts = ", ".join(f"{part} AS p{place}" for place, (part, _) in enumerate(pairs))
    among = "" if rule.among is None else f" WHERE {rule.among}"
    these = f"(SELECT {PLACE}, {EMPTY}, {parts} FROM {filled}{among})"  # noqa: S608 - PostgreSQL's own
    met = " AND ".join(f"one.p{place} {operator} {OTHER}.p{place}" for place, (_, operator) in enumerate(pairs))
    return (
        f"SELECT one.{PLACE} FROM {these} AS one JOIN {these} AS {OTHER}"  # noqa: S608
        f" ON one.{EMPTY} AND one.{PLACE} <> {OTHER}.{PLACE} AND {met}"
    )


WAYS: dict[str, Callable[[str, Any], str]] = {"c": _breaking, "f": _astray, "x": _overlapping}
