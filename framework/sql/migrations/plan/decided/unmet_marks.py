"""Marks in the declarations that name nothing which stands: told where something would be lost that they may mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from framework.sql.migrations.operations.renames import RENAMED_FROM, place_of
from framework.sql.migrations.ownership import OwnedObjects
from framework.sql.migrations.plan.decided.table_names import RESOURCE

OWN_NAMES = "; what stood in a column or table with a name of its own is marked by that name"


@dataclass(frozen=True, slots=True)
class UnmetMarks:
    """Old names that nothing of ours has: of tables, and of columns, by the key of their declared table."""

    tables: Sequence[str]
    columns: Mapping[str, Sequence[str]]

    @staticmethod
    def of(declared: sa.MetaData, owned: OwnedObjects) -> UnmetMarks:
        """Every `renamed_from` of what does not stand; `owned` is what is ours once all is renamed that is to be."""
        columns = {key: [*_of_columns(table, owned)] for key, table in declared.tables.items()}
        return UnmetMarks([*_of_tables(declared, owned)], columns)

    def told(self, table: str, column: str | None, idle: Sequence[str]) -> str:
        """What is said of marks beside a loss that they may mean; `idle` are those of what may go, which name nothing.

        What is marked in a resource has its table's name before it.
        """
        if column is None:
            drops = [said for said in idle if said.rpartition(".")[0] not in self.columns]
        else:
            drops = [said.rpartition(".")[2] for said in idle if said.rpartition(".")[0] == table]
        marks = [f"`dropped`, {said!r}" for said in drops]
        marks += self.tables if column is None else self.columns.get(table, ())
        return f". No such thing stands: {'; '.join(marks)}{OWN_NAMES}" if marks else ""


def _of_tables(declared: sa.MetaData, owned: OwnedObjects) -> Iterator[str]:
    there = {place_of(key)[1] for key in owned.tables}
    for table in declared.tables.values():
        olds = table.info.get(RENAMED_FROM, ())
        if olds and table.key not in owned.tables and there.isdisjoint(olds):
            yield f"`{table.info.get(RESOURCE)}.renamed_from`, {olds[0]!r}"


def _of_columns(table: sa.Table, owned: OwnedObjects) -> Iterator[str]:
    ours = owned.tables.get(table.key, frozenset())
    for column in table.c if ours else ():
        olds = column.info.get(RENAMED_FROM, ())
        if olds and column.name not in ours and ours.isdisjoint(olds):
            yield f"`{table.info.get(RESOURCE)}.{column.key}.renamed_from`, {olds[-1]!r}"
