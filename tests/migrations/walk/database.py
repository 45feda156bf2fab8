"""A database that is walked over: its records, its definitions, and what others have in it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from tests.migrations.walk.carrying import HAND, Row, Rows
from tests.migrations.walk.kinds import KINDS, Value
from tests.migrations.walk.model import MADE, SCHEMA, Field, Model, Thing, Worked, table_of

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
SELECT n.nspname, 'column', t.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull::text,
    a.attidentity::text || a.attgenerated::text, coalesce(pg_get_expr(d.adbin, d.adrelid), ''),
    a.attcollation::regcollation::text, coalesce(col_description(t.oid, a.attnum), '')
  FROM pg_attribute a JOIN pg_class t ON t.oid = a.attrelid JOIN spaces n ON n.oid = t.relnamespace
  LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (t.oid, a.attnum)
  WHERE a.attnum > 0 AND NOT a.attisdropped AND t.relkind IN ('r', 'v')
UNION ALL SELECT n.nspname, 'rule', coalesce(t.relname, ''), conname, pg_get_constraintdef(c.oid), convalidated::text,
    '', '', '', '' FROM pg_constraint c JOIN spaces n ON n.oid = connamespace LEFT JOIN pg_class t ON t.oid = conrelid
  WHERE contype <> 'n'
UNION ALL SELECT schemaname, 'index', tablename, indexname, indexdef, '', '', '', '', '' FROM pg_indexes
  JOIN spaces ON nspname = schemaname
UNION ALL SELECT n.nspname, 'sequence', coalesce(t.relname, ''), s.relname, '', '', '', '', '', '' FROM pg_class s
  JOIN spaces n ON n.oid = s.relnamespace LEFT JOIN pg_depend d ON d.objid = s.oid AND d.deptype IN ('a', 'i')
  LEFT JOIN pg_class t ON t.oid = d.refobjid WHERE s.relkind = 'S'
UNION ALL SELECT n.nspname, 'trigger', t.relname, tgname, pg_get_triggerdef(g.oid), '', '', '', '', ''
  FROM pg_trigger g JOIN pg_class t ON t.oid = tgrelid JOIN spaces n ON n.oid = t.relnamespace WHERE NOT tgisinternal
UNION ALL SELECT n.nspname, 'function', '', proname, prosrc, '', '', '', '', '' FROM pg_proc
  JOIN spaces n ON n.oid = pronamespace
UNION ALL SELECT n.nspname, 'type', '', t.typname, t.typtype::text, '', '', '', '', '' FROM pg_type t
  JOIN spaces n ON n.oid = t.typnamespace AND t.typtype = 'e'
UNION ALL SELECT n.nspname, 'comment', t.relname, '', obj_description(t.oid, 'pg_class'), '', '', '', '', ''
  FROM pg_class t JOIN spaces n ON n.oid = t.relnamespace WHERE obj_description(t.oid, 'pg_class') IS NOT NULL
"""
SPACES = f"WITH spaces AS (SELECT oid, nspname FROM pg_namespace WHERE nspname IN ('public', 'elsewhere', '{SCHEMA}'))"
THEIRS = ("invoices", "by_total", "dear", "twice", "mood")
OPERATIONS = ("ALTER", "CREATE", "DROP", "UPDATE", "DO", "INSERT", "DELETE")
FILLED = ("invoices", "dear", "elsewhere.items")
ALEMBIC = "alembic_version"


@dataclass(slots=True)
class Halting:
    """Ends the connection that carries out a step, before one of its operations."""

    killer: psycopg.Connection[Any]
    after: int | None = None
    halted: bool = False

    def count(self, connection: Any, cursor: Any, statement: str, *_: object) -> None:
        """Called before each statement."""
        if self.after is None or not statement.lstrip().upper().startswith(OPERATIONS):
            return
        self.after -= 1
        if self.after < 0:
            self.after, self.halted = None, True
            self.killer.execute("SELECT pg_terminate_backend(%s, 5000)", [cursor.connection.info.backend_pid])


@dataclass(frozen=True, slots=True)
class Database:
    """One of an address; wiped before each walk, which takes less than making one."""

    url: str
    connection: psycopg.Connection[Any]
    halting: Halting

    def wipe(self) -> None:
        """Leaves in it what others have."""
        schemas = ("public", "elsewhere", f'"{SCHEMA}"')
        self.execute("; ".join(f"DROP SCHEMA IF EXISTS {each} CASCADE" for each in schemas))
        self.execute(f"CREATE SCHEMA public; {FOREIGN}")

    def execute(self, statement: str, values: Sequence[Value] | Mapping[str, Value] | None = None) -> list[Any]:
        """What a statement gives."""
        cursor = self.connection.execute(statement.encode(), values)
        return cursor.fetchall() if cursor.description else []

    def definitions(self) -> tuple[Definitions, Definitions, Definitions]:
        """Ours, what was made by hand, and what is others'."""
        found = {tuple(row) for row in self.execute(SPACES + DEFINED)}
        found = {row for row in found if not (row[2].startswith(ALEMBIC) or row[3].startswith(ALEMBIC))}
        theirs = {row for row in found if row[2] in THEIRS or row[3] in THEIRS or row[0] == "elsewhere"}
        by_hand = {row for row in found if row[3].startswith(HAND)}
        records = {(each, str(self.execute(f"SELECT * FROM {each} ORDER BY 1"))) for each in FILLED}
        return frozenset(found - theirs - by_hand), frozenset(by_hand), frozenset(theirs | records)

    def rows(self, model: Model, by_hand: Collection[str] = ()) -> Rows:
        """All records, by resource and key."""
        return {thing: self._rows(thing, model, by_hand) for thing in model}

    def _rows(self, thing: str, model: Model, by_hand: Collection[str]) -> dict[Value, Row]:
        names = [*model[thing].columns, *[HAND for each in [thing] if each in by_hand]]
        listed = ", ".join(["id", *(f'"{name}"' for name in names)])
        found = self.execute(f"SELECT {listed} FROM {table_of(thing, model[thing])}")
        return {row[0]: dict(zip(names, row[1:], strict=True)) for row in found}

    def insert(self, thing: str, model: Model, row: Row) -> Value:
        """Adds a record; gives its key."""
        row = {name: value for name, value in row.items() if not isinstance(model[thing].columns.get(name), Worked)}
        names = ["id", *row] if model[thing].key == "uuid" else [*row]
        listed = ", ".join(f'"{name}"' for name in names)
        marks = ", ".join("gen_random_uuid()" if name == "id" else _mark(model[thing], name) for name in names)
        into = f"({listed}) VALUES ({marks})" if names else "DEFAULT VALUES"
        statement = f"INSERT INTO {table_of(thing, model[thing])} {into} RETURNING id"
        return self.execute(statement, [_sent(row[name]) for name in row])[0][0]

    def update(self, thing: str, model: Model, key: Value, row: Row) -> None:
        """Gives a record other values."""
        values = ", ".join(f'"{name}" = {_mark(model[thing], name)}' for name in row)
        statement = f"UPDATE {table_of(thing, model[thing])} SET {values} WHERE id = %s"
        self.execute(statement, [*map(_sent, row.values()), key])

    def delete(self, records: Mapping[str, set[Value]], model: Model) -> None:
        """Removes records, all at once, so that those that point to each other can go."""
        parts = [
            f"gone{place} AS (DELETE FROM {table_of(thing, model[thing])} WHERE id = ANY(%s) RETURNING 1)"
            for place, thing in enumerate(records)
        ]
        self.execute(f"WITH {', '.join(parts)} SELECT 1", [[*keys] for keys in records.values()])

    def by_hand(self, thing: str, model: Model) -> None:
        """Adds to a table of ours what its owner may want there: a column, a rule, indexes and a trigger."""
        table, name = table_of(thing, model[thing]), f"{HAND}_{thing.lower()}"
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


def _mark(thing: Thing, name: str) -> str:
    kept = thing.columns.get(name)
    return "%s::jsonb" if isinstance(kept, Field) and KINDS[kept.kind].storage == "jsonb" else "%s"


def _sent(value: Value) -> Value:
    return Jsonb(value) if isinstance(value, list) else value
