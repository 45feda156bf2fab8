"""Stored values that their types, as declared today, do not read: which records have them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from framework.data.refusals import unreadable
from framework.data.selection import Selection
from framework.errors import Conflict
from framework.spec.attribute import AttributeSpec
from framework.spec.resource import ResourceSpec
from framework.sql.clauses.columns import StoredValueError, in_short
from framework.sql.clauses.storage import raw_stored, read_stored
from framework.sql.clauses.table_scope import Schema
from framework.sql.definitions.quoting import PREPARER
from framework.sql.statements.prepared import Statements
from framework.telemetry import log
from framework.types.type import UNLIMITED, Kind

# Kinds whose stored form a change of the declaration can leave behind; free JSON is whatever it is.
READ = frozenset({Kind.ENUM, Kind.LITERAL, Kind.LIST, Kind.MAP, Kind.MODEL})
BATCH = 500
SAMPLE = 5
STAND = sa.text(
    "SELECT key FROM unnest(CAST(:names AS text[]), CAST(:keys AS text[]), CAST(:kinds AS text[])) t (name, key, kind)"
    " JOIN pg_attribute ON attrelid = to_regclass(:table) AND attname = name AND NOT attisdropped"
    " AND atttypid = to_regtype(kind)"
)
OLDEST = 1000
"""How many records of each table are looked at where not all are: those of the lowest keys, which are the oldest."""


@dataclass(slots=True)
class Unreadable:
    """The values of one attribute that do not read: how many, the keys of some, and why the first does not."""

    resource: str
    attribute: str
    says: str
    rows: int = 0
    sample: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        shown = ", ".join(self.sample) + (", …" if self.rows > len(self.sample) else "")
        records = "1 record" if self.rows == 1 else f"{self.rows} records"
        return f"`{self.resource}.{self.attribute}` does not read in {records} ({shown}): {self.says}"


async def unreadable_in(
    selection: Selection, statements: Statements, connection: AsyncConnection, error: StoredValueError
) -> Conflict:
    """The failure of a read that met such a value, about the first record that has one."""
    spec = selection.resource
    keys = statements.read(replace(selection, values=(spec.key.name,)))
    found = (await connection.execute(keys.statement, keys.values)).scalars().all()
    table = statements.schema.tables[spec.name]
    key_read, looked_at = read_stored(spec.key, table.c[spec.key.name]), _looked_at(spec)
    for place in range(0, len(found), BATCH):
        these = key_read.in_(found[place : place + BATCH])
        rows = (await connection.execute(_raw(spec, table, looked_at).where(these))).all()
        for key, name, says in _unread(rows, looked_at):
            if name in selection.values:
                log.error("stored value does not read", resource=spec.name, id=str(key), attribute=name, says=says)
                return unreadable(spec, key, name if spec.attributes[name].public else None, says)
    return unreadable(spec, None, None, error.says)


async def unreadable_values(
    schema: Schema, connection: AsyncConnection, *, so_far: frozenset[str] | None = None, limit: int | None = OLDEST
) -> AsyncIterator[Unreadable]:
    """Those of all tables, or of the oldest records of each; they are read in batches, so memory is bounded.

    Where not all tables are as declared, `so_far` has the columns that are left out besides those that are not.
    """
    for spec in schema.domain.stored:
        found: dict[str, Unreadable] = {}
        table, looked_at = schema.tables[spec.name], _looked_at(spec)
        if so_far is not None:
            stands = {
                key for key in await _standing(table, connection) if f"{table.key}.{table.c[key].name}" not in so_far
            }
            looked_at = {name: each for name, each in looked_at.items() if {name, spec.key.name} <= stands}
        if looked_at:
            statement = _raw(spec, table, looked_at).limit(limit)
            result = await connection.stream(statement, execution_options={"yield_per": BATCH})
            async for rows in result.partitions():
                for key, name, says in _unread(rows, looked_at):
                    met = found.setdefault(name, Unreadable(spec.name, name, says))
                    met.rows += 1
                    met.sample += [str(key)] if len(met.sample) < SAMPLE else []
        for each in found.values():
            yield each


async def _standing(table: sa.Table, connection: AsyncConnection) -> set[str]:
    """The columns that stand and are of the type that is declared, by their attributes."""
    kinds = [str(column.type.compile(connection.dialect)).partition(" COLLATE ")[0] for column in table.c]
    name = PREPARER.format_table(table)
    asked = {"table": name, "names": [column.name for column in table.c], "keys": table.c.keys(), "kinds": kinds}
    return {*(await connection.execute(STAND, asked)).scalars()}


def _looked_at(spec: ResourceSpec) -> Mapping[str, AttributeSpec]:
    return {name: attribute for name, attribute in spec.attributes.items() if attribute.type.kind in READ}


def _raw(spec: ResourceSpec, table: sa.Table, looked_at: Mapping[str, AttributeSpec]) -> sa.Select[Any]:
    """The key of each record, and such values as they are stored, in the order of the keys."""
    key = table.c[spec.key.name]
    values = [raw_stored(attribute, table.c[name]).label(name) for name, attribute in looked_at.items()]
    return sa.select(read_stored(spec.key, key), *values).order_by(key)


def _unread(rows: Sequence[sa.Row[Any]], looked_at: Mapping[str, AttributeSpec]) -> Iterator[tuple[Any, str, str]]:
    """The key, the name and what is wrong, of each value that does not read; limits bind only what is written."""
    kinds = {name: replace(each.type, limits=UNLIMITED, nullable=False) for name, each in looked_at.items()}
    for row in rows:
        key, *values = tuple[Any, ...](row)
        for (name, kind), value in zip(kinds.items(), values, strict=True):
            if value is not None and (issues := kind.read_kept(value)[1]):
                yield key, name, in_short(issues)
