"""What the declared tables need of a PostgreSQL server: extensions, and a version that knows what is said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import sqlalchemy as sa

from framework.errors import Invalid
from framework.sql.clauses.columns import Embedding
from framework.sql.definitions.index_kinds import NEEDS, VECTORS

AVAILABLE = sa.text("SELECT name FROM pg_available_extensions")
NULLS_NOT_DISTINCT = "postgresql_nulls_not_distinct"
FIRST_WITH_NULLS = (15,)
UPGRADE = "use a newer server, or leave the word out"
INSTALL = "install {0} on the server (most packages of PostgreSQL have it in contrib), or declare it otherwise"


def create_extension(name: str) -> str:
    """The statement that sees to it that an extension is there."""
    return f"CREATE EXTENSION IF NOT EXISTS {name}"


def needed_extensions(tables: Iterable[sa.Table]) -> list[str]:
    """The extensions without which the tables cannot be made, by name."""
    return sorted({name for table in tables for _, name in _needs(table)})


def extensions_by_part(table: sa.Table) -> Mapping[str, str]:
    """The extensions that the table needs, by the column or rule that does."""
    return dict(_needs(table))


def refuse_lacking(connection: sa.Connection, tables: Iterable[sa.Table]) -> None:
    """Raises Invalid where the server cannot have what is declared."""
    declared = [*tables]
    version = connection.dialect.server_version_info or ()
    for table in declared:
        for rule in _rules(table):
            if rule.dialect_kwargs.get(NULLS_NOT_DISTINCT) and version < FIRST_WITH_NULLS:
                says = f"`{rule.name}` says nulls_not_distinct, which PostgreSQL knows from 15 on; this is {version[0]}"
                raise Invalid(says, code="server_lacks", path=(table.name, str(rule.name)), hint=UPGRADE)
    if not needed_extensions(declared):
        return
    there = {*connection.execute(AVAILABLE).scalars()}
    for table in declared:
        for part, name in _needs(table):
            if name not in there:
                says = (
                    f"`{part}` of `{table.name}` needs the extension `{name}`, which the database server does not have"
                )
                raise Invalid(says, code="server_lacks", path=(table.name, part), hint=INSTALL.format(name))


def _rules(table: sa.Table) -> Iterator[sa.Index | sa.Constraint]:
    yield from table.indexes
    yield from table.constraints


def _needs(table: sa.Table) -> Iterator[tuple[str, str]]:
    for column in table.c:
        if isinstance(column.type, Embedding):
            yield column.name, VECTORS
    for rule in _rules(table):
        if (name := rule.info.get(NEEDS)) is not None:
            yield str(rule.name), name
