"""What stands under another name or in another schema than it is declared by: it is renamed or moved, with its records.

Its rules and indexes stay what they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import count

import sqlalchemy as sa
from alembic.operations import ops
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine.interfaces import Dialect

# Named parameters, so that a percent sign in a text is one and not two.
DIALECT: Dialect = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]  # left untyped there
RENAMED_FROM = "renamed_from"
# What one of two things that exchange their names is called meanwhile.
BETWEEN = "dspex_between_two_names"
# What an online rename is quoted by.
RENAMING = "dspex_rename"
FIRST_SCHEMA = "the first schema of the search path"


class Thing(StrEnum):
    """What can be renamed, in PostgreSQL's word."""

    TABLE = "TABLE"
    COLUMN = "COLUMN"
    CONSTRAINT = "CONSTRAINT"
    INDEX = "INDEX"
    SEQUENCE = "SEQUENCE"
    SCHEMA = "SCHEMA"


Place = tuple[str | None, str]
"""A table's schema, if it is in one of its own, and its name."""


@dataclass(frozen=True, slots=True)
class Rename:
    """A thing with its old name and its new one; `table` is the one it is of, or the new name of the table itself.

    Of a table that moves (SCHEMA), `old` and `new` are its schemas, either of them empty for the search path's first.
    """

    thing: Thing
    table: str
    old: str
    new: str
    schema: str | None = None

    def __str__(self) -> str:
        if self.thing is Thing.SCHEMA:
            return f"table {self.table} moves to {f'the schema {self.new}' if self.new else FIRST_SCHEMA}"
        return f"{self.thing.lower()} {self.old} of {self.table} is renamed {self.new}"

    @property
    def ends(self) -> tuple[Place, Place] | None:
        """Where a table was and where it is then; None for a part of one."""
        match self.thing:
            case Thing.TABLE:
                return (self.schema, self.old), (self.schema, self.new)
            case Thing.SCHEMA:
                return (self.old or None, self.table), (self.new or None, self.table)
            case _:
                return None

    @property
    def sql(self) -> str:
        """The statement."""
        match self.thing:
            case Thing.COLUMN | Thing.CONSTRAINT:
                change = f"RENAME {self.thing} {quoted(self.old)} TO {quoted(self.new)}"
                return f"ALTER TABLE {qualified(self.schema, self.table)} {change}"
            case Thing.SCHEMA if not self.new:
                change = literal(f"ALTER TABLE {qualified(self.old, self.table)} SET SCHEMA ")
                return block(f"EXECUTE {change} || quote_ident(current_schema());")
            case Thing.SCHEMA:
                return f"ALTER TABLE {qualified(self.old or None, self.table)} SET SCHEMA {quoted(self.new)}"
            case _:
                return f"ALTER {self.thing} {qualified(self.schema, self.old)} RENAME TO {quoted(self.new)}"

    def back(self) -> Rename:
        """The opposite; of a table, by the name that it has by then."""
        table = self.old if self.thing is Thing.TABLE else self.table
        schema = self.old or None if self.thing is Thing.SCHEMA else self.schema
        return Rename(self.thing, table, self.new, self.old, schema)


class RenameOp(ops.ExecuteSQLOp):
    """A rename as a step of a revision."""

    def __init__(self, rename: Rename) -> None:
        super().__init__(escaped(rename.sql))
        self.rename = rename
        self.schema, self.table_name = (rename.schema, rename.table) if rename.ends is None else rename.ends[1]

    def reverse(self) -> RenameOp:
        """The rename back."""
        return RenameOp(self.rename.back())


def declared_renames(wanted: sa.MetaData, standing: Mapping[str, frozenset[str]]) -> Iterator[Rename]:
    """What the declarations say was renamed, where the old name is still among what is ours and the new is not.

    A table is known by the name that its resource had, or by its own, as a link's key is. One that is declared in a
    schema where it is not, and is no longer declared where it is, has moved.
    """
    gone = {key: place_of(key) for key in sorted(standing.keys() - wanted.tables.keys())}
    for table in wanted.sorted_tables:
        names = (*table.info.get(RENAMED_FROM, ()), table.name)
        old = None if table.key in standing else _standing_as(names, table.schema, gone)
        if old is not None:
            yield from table_renames(gone.pop(old), (table.schema, table.name))
        parts = standing.get(old or table.key, frozenset())
        for column in table.c:
            before = next((name for name in column.info.get(RENAMED_FROM, ()) if name in parts), None)
            if before is not None and column.name not in parts:
                yield Rename(Thing.COLUMN, table.name, before, column.name, table.schema)


def table_renames(old: Place, new: Place) -> Iterator[Rename]:
    """The renames by which a table comes from one place to another: its name first, then its schema."""
    if old[1] != new[1]:
        yield Rename(Thing.TABLE, new[1], old[1], new[1], old[0])
    if old[0] != new[0]:
        yield Rename(Thing.SCHEMA, new[1], old[0] or "", new[0] or "", new[0])


def untangled(renames: Sequence[Rename]) -> Iterator[Rename]:
    """The renames of parts, those by way of a third name that have what another one is called until then."""
    olds = {(rename.schema, rename.old) for rename in renames}
    last: list[Rename] = []
    for number, rename in enumerate(renames):
        if (rename.schema, rename.new) in olds:
            between = f"{BETWEEN}_{number}"
            yield replace(rename, new=between)
            last.append(replace(rename, old=between))
        else:
            last.append(rename)
    yield from last


def standing_places(renames: Iterable[Rename]) -> dict[Place, Place]:
    """Where each table that is renamed or moved stands before, by where it is after all of them."""
    places: dict[Place, Place] = {}
    for rename in renames:
        if rename.ends is not None:
            old, new = rename.ends
            places[new] = places.pop(old, old)
    return places


def _standing_as(names: Sequence[str], schema: str | None, gone: Mapping[str, Place]) -> str | None:
    """The table under one of these names that is no longer declared: of this schema, or of the only other with one."""
    for name in names:
        if (key := table_key(name, schema)) in gone:
            return key
        elsewhere = [key for key, (_, table) in gone.items() if table == name]
        if len(elsewhere) == 1:
            return elsewhere[0]
    return None


def place_of(key: str) -> Place:
    """The opposite of `table_key`."""
    schema, _, name = key.rpartition(".")
    return schema or None, name


def table_key(table: str, schema: str | None) -> str:
    """The table as it is spoken of here: with its schema, where it is in one of its own."""
    return table if schema is None else f"{schema}.{table}"


def escaped(sql: str) -> str:
    """SQL that is run as it stands: a colon in it begins no parameter."""
    return re.sub(r"(?<!:):(?!:)", r"\\:", sql)


def as_sent(statement: str) -> str:
    """A statement as PostgreSQL gets it: in what the driver is given, percent signs are written twice."""
    return statement.replace("%%", "%")


def quoted(name: str) -> str:
    """A name as a statement has it."""
    return DIALECT.identifier_preparer.quote(name)


def named_in_rules(name: str) -> str:
    """A pattern of a name as PostgreSQL tells it in a rule: it quotes more words than a statement needs quoted."""
    return f"(?:{re.escape(quoted(name))}|{re.escape(chr(34) + name + chr(34))})"


def block(statements: str, name: str = "dspex") -> str:
    """Statements of PL/pgSQL as one of SQL, in quotes of that name, or of another one where they have it in them."""
    tag = next(tag for number in count() if (tag := f"${name}{number or ''}$") not in statements)
    return f"DO {tag} BEGIN {statements} END {tag}"


def literal(text: str) -> str:
    """A text as a statement has it."""
    return "'" + text.replace("'", "''") + "'"


def qualified(schema: str | None, name: str) -> str:
    """A name with its schema, as a statement has it."""
    return quoted(name) if schema is None else f"{quoted(schema)}.{quoted(name)}"
