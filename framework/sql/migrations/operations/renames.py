"""What stands under another name than it is declared by, renamed: its records, rules and indexes stay what they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from alembic.operations import ops
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine.interfaces import Dialect

# Named parameters, so that a percent sign in a text is one and not two.
DIALECT: Dialect = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]  # left untyped there
RENAMED_FROM = "renamed_from"


class Thing(StrEnum):
    """What can be renamed, in PostgreSQL's word."""

    TABLE = "TABLE"
    COLUMN = "COLUMN"
    CONSTRAINT = "CONSTRAINT"
    INDEX = "INDEX"
    SEQUENCE = "SEQUENCE"


@dataclass(frozen=True, slots=True)
class Rename:
    """A thing with its old name and its new one; `table` is the one it is of, or the new name of the table itself."""

    thing: Thing
    table: str
    old: str
    new: str
    schema: str | None = None

    def __str__(self) -> str:
        return f"{self.thing.lower()} {self.old} of {self.table} is renamed {self.new}"

    @property
    def sql(self) -> str:
        """The statement."""
        match self.thing:
            case Thing.COLUMN | Thing.CONSTRAINT:
                change = f"RENAME {self.thing} {quoted(self.old)} TO {quoted(self.new)}"
                return f"ALTER TABLE {qualified(self.schema, self.table)} {change}"
            case _:
                return f"ALTER {self.thing} {qualified(self.schema, self.old)} RENAME TO {quoted(self.new)}"

    def back(self) -> Rename:
        """The opposite; of a table, by the name that it has by then."""
        table = self.old if self.thing is Thing.TABLE else self.table
        return Rename(self.thing, table, self.new, self.old, self.schema)


class RenameOp(ops.ExecuteSQLOp):
    """A rename as a step of a revision."""

    def __init__(self, rename: Rename) -> None:
        super().__init__(escaped(rename.sql))
        self.rename = rename

    def reverse(self) -> RenameOp:
        """The rename back."""
        return RenameOp(self.rename.back())


def declared_renames(wanted: sa.MetaData, standing: Mapping[str, frozenset[str]]) -> Iterator[Rename]:
    """What the declarations say was renamed, where the old name is still among what is ours and the new is not.

    A table is known by the name that its resource had, or by its own.
    """
    for table in wanted.sorted_tables:
        old = next((name for name in table.info.get(RENAMED_FROM, ()) if name in standing), None)
        moved = old is not None and table.key not in standing
        if old is not None and moved:
            yield Rename(Thing.TABLE, table.name, old.rpartition(".")[2], table.name, table.schema)
        parts = standing.get(old if old is not None and moved else table.key, frozenset())
        for column in table.c:
            before = column.info.get(RENAMED_FROM)
            if before in parts and column.name not in parts:
                yield Rename(Thing.COLUMN, table.name, before, column.name, table.schema)


def table_key(table: str, schema: str | None) -> str:
    """The table as it is spoken of here: with its schema, where it is in one of its own."""
    return table if schema is None else f"{schema}.{table}"


def escaped(sql: str) -> str:
    """SQL that is run as it stands: a colon in it begins no parameter."""
    return re.sub(r"(?<!:):(?!:)", r"\\:", sql)


def quoted(name: str) -> str:
    """A name as a statement has it."""
    return DIALECT.identifier_preparer.quote(name)


def qualified(schema: str | None, name: str) -> str:
    """A name with its schema, as a statement has it."""
    return quoted(name) if schema is None else f"{quoted(schema)}.{quoted(name)}"
