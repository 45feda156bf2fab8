"""An old name in the declarations that is a thing of others: it is not renamed, and whoever says it is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import sqlalchemy as sa

from framework.errors import Issue
from framework.sql.migrations.operations.renames import RENAMED_FROM, Place, table_key
from framework.sql.migrations.ownership import OwnedObjects
from framework.sql.migrations.plan.decided.table_names import RESOURCE

FOREIGN_NAMES = "foreign_names"


def foreign_names(
    connection: sa.Connection, declared: sa.MetaData, owned: OwnedObjects, places: Mapping[Place, Place]
) -> Iterator[Issue]:
    """For each `renamed_from` that is still to be acted on, that it names a table or column which is none of ours.

    `places` has where tables stand, by where they are once they are renamed.
    """
    there = sa.inspect(connection)
    for table in declared.tables.values():
        if table.key in owned.tables:
            yield from _columns(there, table, owned.tables[table.key], places)
            continue
        for old in table.info.get(RENAMED_FROM, ()):
            key = table_key(old, table.schema)
            if key not in owned.tables and key not in declared.tables and there.has_table(old, table.schema):
                hint = f"leave renamed_from out, or have it be ours first under its own name: --adopt {key}"
                yield _issue(table.info[RESOURCE], f"the table `{key}`", hint)


def _columns(
    there: sa.Inspector, table: sa.Table, ours: frozenset[str], places: Mapping[Place, Place]
) -> Iterator[Issue]:
    waiting = {
        column.key: olds
        for column in table.c
        if column.name not in ours and (olds := column.info.get(RENAMED_FROM)) and ours.isdisjoint(olds)
    }
    schema, name = places.get((table.schema, table.name), (table.schema, table.name))
    if not waiting or not there.has_table(name, schema):
        return
    standing = {column["name"] for column in there.get_columns(name, schema)}
    for attribute, olds in waiting.items():
        before = next((name for name in olds if name in standing), None)
        if before is not None and table.c[attribute].name not in standing:
            hint = (
                f"leave renamed_from out; if it is ours, write so in a step: creates = {{{table.key!r}: [{before!r}]}}"
            )
            yield _issue(f"{table.info[RESOURCE]}.{attribute}", f"the column `{before}` of `{table.key}`", hint)


def _issue(path: str, what: str, hint: str) -> Issue:
    says = f"`{path}.renamed_from`: {what} is none of ours, as no step says that it has made it"
    return Issue("foreign_rename", says, path=(path, "renamed_from"), hint=hint)
