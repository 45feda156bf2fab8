"""Tables and indexes that a revision makes, which are taken back and written down as they were declared.

Alembic copies a table or an index, with all that it is of, whenever a step is reversed or written down: as soon as
tables are compared, and once a revision is in order. A name is all that the end of it needs, and what is only read
needs no copy: of 200 new tables the copies took half of the whole revision.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa
from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops
from alembic.runtime.plugins import Plugin
from alembic.util import DispatchPriority, PriorityDispatchResult

from framework.sql.migrations.operations.renames import table_key

PLUGIN = "dspex.created"
UNIQUE = "unique"


@dataclass(frozen=True, slots=True)
class TableAsDeclared:
    """What is read of a table to write it down: its parts are those of the declared one."""

    name: str
    schema: str | None
    columns: Sequence[sa.Column[Any]] = ()
    constraints: Sequence[sa.Constraint] = ()
    comment: str | None = None
    info: Mapping[Any, Any] | None = None
    _prefixes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class IndexAsDeclared:
    """What is read of an index to write it down."""

    name: str | None
    table: TableAsDeclared
    expressions: Sequence[Any]
    unique: bool
    dialect_kwargs: Mapping[str, Any]


class CreatedTableOp(ops.CreateTableOp):
    """A table that is made, and dropped by its name."""

    def reverse(self) -> ops.DropTableOp:
        """The end of the table."""
        return ops.DropTableOp(self.table_name, schema=self.schema)

    def to_table(self, _: object = None) -> sa.Table:
        """The table, to be read."""
        columns = [part for part in self.columns if isinstance(part, sa.Column)]
        rules = [part for part in self.columns if isinstance(part, sa.Constraint)]
        said = (self.comment, self.info, self.prefixes or ())
        return cast("sa.Table", TableAsDeclared(self.table_name, self.schema, columns, rules, *said))


class CreatedIndexOp(ops.CreateIndexOp):
    """An index that is made, and dropped as it is said here."""

    def reverse(self) -> ops.DropIndexOp:
        """The end of the index."""
        said = {"schema": self.schema, UNIQUE: self.unique, **self.kw}
        return DroppedIndexOp(str(self.index_name), self.table_name, _reverse=self, **said)

    def to_index(self, _: object = None) -> sa.Index:
        """The index, to be read."""
        table = TableAsDeclared(self.table_name, self.schema)
        return cast("sa.Index", IndexAsDeclared(self.index_name, table, self.columns, self.unique, self.kw))


class DroppedIndexOp(ops.DropIndexOp):
    """The end of an index that was made here."""

    def reverse(self) -> ops.CreateIndexOp:
        """What has made it."""
        assert self._reverse is not None
        return self._reverse

    def to_index(self, _: object = None) -> sa.Index:
        """The index, to be read."""
        made, words = self.reverse(), {key: value for key, value in self.kw.items() if key != UNIQUE}
        table = TableAsDeclared(made.table_name, made.schema)
        return cast("sa.Index", IndexAsDeclared(made.index_name, table, made.columns, made.unique, words))


def note_created(context: AutogenContext, steps: ops.UpgradeOps) -> PriorityDispatchResult:
    """Has what is missing made by such steps."""
    _note(steps, context.table_key_to_table)
    return PriorityDispatchResult.CONTINUE


def _note(steps: ops.OpContainer, tables: Mapping[str, sa.Table]) -> None:
    for place, step in enumerate(steps.ops):
        match step:
            case ops.OpContainer():
                _note(step, tables)
            case ops.CreateTableOp():
                steps.ops[place] = CreatedTableOp.from_table(tables[table_key(step.table_name, step.schema)])
            case ops.CreateIndexOp():
                said = {"schema": step.schema, UNIQUE: step.unique, **step.kw}
                steps.ops[place] = CreatedIndexOp(step.index_name, step.table_name, step.columns, **said)


Plugin(PLUGIN).add_autogenerate_comparator(note_created, "autogenerate", priority=DispatchPriority.LAST)
