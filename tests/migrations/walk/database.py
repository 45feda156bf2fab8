"""A database that is walked over: its records, its definitions, and what others have in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from tests.migrations.walk.carrying import HAND, Row, Rows
from tests.migrations.walk.kinds import KINDS, Value
from tests.migrations.walk.model import MADE, Field, Model, table_of

Definitions = frozenset[tuple[str, ...]]
FOREIGN = """
CREATE TABLE invoices (number int PRIMARY KEY, total numeric(8, 2) NOT NULL CHECK (total > 0));
INSERT INTO invoices VALUES (1, 9.5), (2, 1);
CREATE INDEX by_total ON invoices (total DESC);
CREATE VIEW dear AS SELECT * FROM invoices WHERE total > 5;
CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql AS 'SELECT 2 * n';
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE SCHEMA elsewhere;
CREATE TABLE elsewhere.items (id int PRIMARY KEY, note text DEFAULT 'x');
INSERT INTO elsewhere.items VALUES (1), (2);
"""
# Columns are compared without their order: one that comes later stands behind.
DEFINED = """
SELECT 'column', t.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull::text, a.attidentity::text,
    coalesce(pg_get_expr(d.adbin, d.adrelid), ''), a.attcollation::regcollation::text
  FROM pg_attribute a JOIN pg_class t ON t.oid = a.attrelid
  LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (t.oid, a.attnum)
  WHERE a.attnum > 0 AND NOT a.attisdropped AND t.relkind IN ('r', 'v') AND t.relnamespace = %(schema)s::regnamespace
UNION ALL SELECT 'rule', conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated::text, '', '', ''
  FROM pg_constraint WHERE connamespace = %(schema)s::regnamespace AND contype <> 'n'
UNION ALL SELECT 'index', tablename, indexname, indexdef, '', '', '', '' FROM pg_indexes
  WHERE schemaname::regnamespace = %(schema)s::regnamespace
UNION ALL SELECT 'sequence', coalesce(d.refobjid::regclass::text, ''), s.relname, '', '', '', '', '' FROM pg_class s
  LEFT JOIN pg_depend d ON d.objid = s.oid AND d.deptype IN ('a', 'i')
  WHERE s.relkind = 'S' AND s.relnamespace = %(schema)s::regnamespace
UNION ALL SELECT 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(pg_trigger.oid), '', '', '', ''
  FROM pg_trigger JOIN pg_class t ON t.oid = tgrelid
  WHERE NOT tgisinternal AND t.relnamespace = %(schema)s::regnamespace
UNION ALL SELECT 'function', '', proname, prosrc, '', '', '', '' FROM pg_proc
  WHERE pronamespace = %(schema)s::regnamespace
UNION ALL SELECT 'type', '', t.typname, t.typtype::text, '', '', '', '' FROM pg_type t
  WHERE t.typnamespace = %(schema)s::regnamespace AND t.typtype = 'e'
"""
THEIRS = ("invoices", "by_total", "dear", "twice", "mood")
ALEMBIC = "alembic_version"


@dataclass(frozen=True, slots=True)
class Database:
    """One of an address; wiped before each walk, which takes less than making one."""

    url: str
    connection: psycopg.Connection[Any]

    def wipe(self) -> None:
        """Leaves in it what others have."""
        self.execute("DROP SCHEMA public CASCADE; DROP SCHEMA IF EXISTS elsewhere CASCADE; CREATE SCHEMA public")
        self.execute(FOREIGN)

    def execute(self, statement: str, values: Sequence[Value] | Mapping[str, Value] | None = None) -> list[Any]:
        """What a statement gives."""
        cursor = self.connection.execute(statement.encode(), values)
        return cursor.fetchall() if cursor.description else []

    def definitions(self) -> tuple[Definitions, Definitions, Definitions]:
        """Ours, what was made by hand, and what is others'."""
        found = {tuple(row) for row in self.execute(DEFINED, {"schema": "public"})}
        found = {row for row in found if not (row[1].startswith(ALEMBIC) or row[2].startswith(ALEMBIC))}
        theirs = {row for row in found if row[1] in THEIRS or row[2] in THEIRS}
        by_hand = {row for row in found if row[2].startswith(HAND) or row[1].startswith(HAND)}
        elsewhere = {("elsewhere", *row) for row in self.execute(DEFINED, {"schema": "elsewhere"})}
        tables = ("invoices", "dear", "elsewhere.items")
        records = {(table, str(self.execute(f"SELECT * FROM {table} ORDER BY 1"))) for table in tables}
        return frozenset(found - theirs - by_hand), frozenset(by_hand), frozenset(theirs | elsewhere | records)

    def rows(self, model: Model, by_hand: set[str]) -> Rows:
        """All records, by resource and key."""
        return {thing: self._rows(thing, model, by_hand) for thing in model}

    def _rows(self, thing: str, model: Model, by_hand: set[str]) -> dict[Value, Row]:
        names = [*model[thing].columns, *[HAND for each in [thing] if each in by_hand]]
        listed = ", ".join(["id", *(f'"{name}"' for name in names)])
        found = self.execute(f"SELECT {listed} FROM {table_of(thing)}")
        return {row[0]: dict(zip(names, row[1:], strict=True)) for row in found}

    def insert(self, thing: str, model: Model, row: Row) -> Value:
        """Adds a record; gives its key."""
        names = ["id", *row] if model[thing].key == "uuid" else [*row]
        listed, marks = (
            ", ".join(f'"{name}"' for name in names),
            ", ".join(self._mark(thing, name, model) for name in names),
        )
        into = f"({listed}) VALUES ({marks})" if names else "DEFAULT VALUES"
        return self.execute(f"INSERT INTO {table_of(thing)} {into} RETURNING id", [_sent(row[name]) for name in row])[
            0
        ][0]

    def _mark(self, thing: str, name: str, model: Model) -> str:
        kept = model[thing].columns.get(name)
        if name == "id":
            return "gen_random_uuid()"
        return "%s::jsonb" if isinstance(kept, Field) and KINDS[kept.kind].storage == "jsonb" else "%s"

    def delete(self, records: Mapping[str, set[Value]]) -> None:
        """Removes records, all at once, so that those that point to each other can go."""
        parts = [
            f"gone{place} AS (DELETE FROM {table_of(thing)} WHERE id = ANY(%s) RETURNING 1)"
            for place, thing in enumerate(records)
        ]
        self.execute(f"WITH {', '.join(parts)} SELECT 1", [[*keys] for keys in records.values()])

    def by_hand(self, thing: str) -> None:
        """Adds to a table of ours what its owner may want there: a column, a rule, indexes and a trigger."""
        table, name = table_of(thing), f"{HAND}_{thing.lower()}"
        self.execute(
            f"ALTER TABLE {table} ADD {HAND} text, ADD CONSTRAINT {name}_rule CHECK ({HAND} <> 'no');"
            f"UPDATE {table} SET {HAND} = id::text;"
            f"CREATE INDEX {name}_some ON {table} (lower({HAND})) WHERE {HAND} <> 'x';"
            f"CREATE UNIQUE INDEX {name}_once ON {table} ({HAND}, id);"
            f"CREATE TRIGGER {name}_always BEFORE UPDATE ON {table} FOR EACH ROW "
            "EXECUTE FUNCTION suppress_redundant_updates_trigger()"
        )


def same(expected: Rows, found: Rows) -> bool:
    """Whether the records are those expected; what the database has made is taken over from what was found."""
    for thing, rows in expected.items():
        if rows.keys() != found[thing].keys():
            return False
        for key, row in rows.items():
            for name, value in row.items():
                there = found[thing][key][name]
                if value is MADE and there is not None:
                    row[name] = there
                elif (type(value) is not type(there) and not _numbers(value, there)) or value != there:
                    return False
    return True


def _numbers(value: Value, there: Value) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float) and isinstance(there, int | float)


def _sent(value: Value) -> Value:
    return Jsonb(value) if isinstance(value, list) else value
