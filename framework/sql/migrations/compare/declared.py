"""A declared table in words that any table with the same columns takes: its rules without their names and its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.dialects.postgresql.base import PGCompiler, PGDialect, PGIdentifierPreparer
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateIndex

from framework.sql.definitions.partitions import PARTITION_BY
from framework.sql.migrations.operations.renames import quoted

# The table that is made, in the session's own schema, and what stands for the name of a rule, which comes first in it.
SCRATCH, UNNAMED = "pg_temp.dspex_scratch", "dspex_unnamed"
KINDS = {sa.CheckConstraint: "checks", sa.UniqueConstraint: "keys", ExcludeConstraint: "exclusions"}


class TemporaryNames(PGIdentifierPreparer):
    """The names by which a table and its rules are made, whatever they are declared to be called."""

    def format_table(self, *_: Any, **__: Any) -> str:
        """The table's name."""
        return SCRATCH

    def format_index(self, *_: Any, **__: Any) -> str:
        """The index's name."""
        return UNNAMED

    def format_constraint(self, *_: Any, **__: Any) -> str:
        """The constraint's name."""
        return UNNAMED


class OwnColumns(PGCompiler):
    """Expressions over columns of the one table that there is, which none is called by."""

    def visit_column(self, *column: Any, **words: Any) -> str:
        """The column's name."""
        return super().visit_column(*column, **{**words, "include_table": False})


class Temporary(PGDialect):
    """PostgreSQL's language for the table of the session."""

    statement_compiler = OwnColumns
    preparer = TemporaryNames
    supports_statement_cache = False


# Named parameters, so that a percent sign in a text is one and not two.
TEMPORARY: Dialect = Temporary(paramstyle="named")  # type: ignore[no-untyped-call]  # left untyped there


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a table: which kind of definition it is, what it is called, and the words that make one like it."""

    kind: str
    name: str
    says: str


@dataclass(frozen=True, slots=True)
class Declared:
    """A declared table: its columns and what else each is, both by name, and its rules."""

    key: str
    columns: Mapping[str, str]
    besides: Mapping[str, str]
    rules: Sequence[Rule]
    partition: str | None


def declared_of(table: sa.Table) -> Declared:
    """The table in words; its links are not among them."""
    # One for the whole table: to make one takes as long as to use it.
    compiler: Any = TEMPORARY.ddl_compiler(TEMPORARY, None)  # type: ignore[arg-type]  # as its own `compile` does
    columns = {column.name: _column(column, compiler) for column in table.c}
    besides = {column.name: _besides(column) for column in table.c}
    rules = sorted(_rules(table, compiler), key=lambda rule: rule.name)
    return Declared(table.key, columns, besides, rules, table.kwargs.get(PARTITION_BY))


def _column(column: sa.Column[Any], compiler: Any) -> str:
    """The column as rules see it: by its type, and what it is worked out of."""
    kind = TEMPORARY.type_compiler_instance.process(column.type, type_expression=column)
    by = "" if column.computed is None else f" {compiler.process(column.computed)}"
    return f"{quoted(column.name)} {kind}{by}"


def _besides(column: sa.Column[Any]) -> str:
    """What it is besides, as the query of the definitions tells it."""
    identity = column.identity
    counted = "" if identity is None else f" IDENTITY {'a' if identity.always else 'd'}"
    required = not column.nullable or column.primary_key or identity is not None
    return f"{' NOT NULL' if required else ''}{counted}"


def _rules(table: sa.Table, compiler: Any) -> Iterator[Rule]:
    if table.primary_key.columns:
        # A table has no more than one, which holds what a unique rule does.
        names = ", ".join(quoted(column.name) for column in table.primary_key.columns)
        yield Rule("primary", str(table.primary_key.name), f"CONSTRAINT {UNNAMED} UNIQUE ({names})")
    for constraint in table.constraints:
        kind = KINDS.get(type(constraint))
        if kind is not None:
            yield Rule(kind, str(constraint.name), compiler.process(constraint))
    for index in table.indexes:
        yield Rule("indexes", str(index.name), compiler.process(CreateIndex(index)))
