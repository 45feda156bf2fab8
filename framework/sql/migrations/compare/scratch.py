"""The declared tables as PostgreSQL would have them: made as temporary ones, read, and gone again.

What a rule says hangs on the columns of its table alone. So one temporary table does for all that have the same columns
by the same names, and each has only to be made once: hundreds of tables share a few, and most of their rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from framework.sql.definitions.server_extensions import create_extension, needed_extensions
from framework.sql.migrations.compare.declared import SCRATCH, Declared, declared_of
from framework.sql.migrations.compare.definitions import Definitions, read_definitions
from framework.sql.migrations.compare.labels import created_enum, lacking
from framework.sql.migrations.compare.shared import Shared
from framework.sql.migrations.operations.labels import labels_of, together
from framework.sql.migrations.operations.renames import literal

# What an enum is called meanwhile, in the place of which one with all the labels is made.
LACKING = "dspex_lacking_{}"


def declared_definitions(connection: sa.Connection, tables: Sequence[sa.Table]) -> Mapping[str, Definitions]:
    """The definitions that the declared tables would have, by their keys; what their links would be is not told."""
    found: dict[str, Definitions] = {}
    savepoint = connection.begin_nested()
    try:
        for statement in _made_first(connection, tables):
            connection.exec_driver_sql(statement.replace("%", "%%"))
        for shared in _shared(map(declared_of, tables)):
            found |= _made_and_read(connection, shared)
    finally:
        savepoint.rollback()
    return found


def _made_first(connection: sa.Connection, tables: Sequence[sa.Table]) -> Iterator[str]:
    """The extensions and enums that the tables need."""
    yield from map(create_extension, needed_extensions(tables))
    labels = together([step for table in tables for step in lacking(connection, table)])
    for number, step in enumerate(labels):
        # A label that is added cannot be used before it is committed; those of an enum that is made can.
        wanted = ", ".join(map(literal, (*labels_of(connection, step.enum), *step.labels)))
        yield f"ALTER TYPE {step.enum} RENAME TO {LACKING.format(number)}"
        yield f"CREATE TYPE {step.enum} AS ENUM ({wanted})"
    kinds = {column.type for table in tables for column in table.c if isinstance(column.type, postgresql.ENUM)}
    yield from sorted({*map(created_enum, kinds)})


def _shared(tables: Iterator[Declared]) -> Sequence[Shared]:
    """The temporary tables, each for as many as fit."""
    made: list[Shared] = []
    for table in tables:
        shared = next((each for each in made if each.fits(table)), None)
        if shared is None:
            shared = Shared(table.partition)
            made.append(shared)
        shared.add(table)
    return made


def _made_and_read(connection: sa.Connection, shared: Shared) -> Mapping[str, Definitions]:
    # What is made holds locks, of which a server has a few thousand, until it is gone.
    savepoint = connection.begin_nested()
    try:
        # One round trip: without parameters the driver sends several statements as they are.
        connection.exec_driver_sql("; ".join(shared.statements()).replace("%", "%%"))
        return shared.told(read_definitions(connection, {SCRATCH: SCRATCH})[SCRATCH])
    finally:
        savepoint.rollback()
