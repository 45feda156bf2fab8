"""Tables and indexes that a revision makes, with a way back that copies nothing.

Alembic reverses every step as soon as tables are compared, and the way back is worked out again once a revision is in
order. Each time it copies a table or an index with all that it is of, though a name is all that the end of it needs: of
200 new tables that took a third of the whole revision.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops
from alembic.runtime.plugins import Plugin
from alembic.util import DispatchPriority, PriorityDispatchResult

from framework.sql.migrations.operations.renames import table_key

PLUGIN = "dspex.created"


class CreatedTableOp(ops.CreateTableOp):
    """A table that is made, and dropped by its name."""

    def reverse(self) -> ops.DropTableOp:
        """The end of the table."""
        return ops.DropTableOp(self.table_name, schema=self.schema)


class CreatedIndexOp(ops.CreateIndexOp):
    """An index that is made, and dropped as it is said here."""

    def reverse(self) -> ops.DropIndexOp:
        """The end of the index."""
        said = {"schema": self.schema, "unique": self.unique, **self.kw}
        return ops.DropIndexOp(str(self.index_name), self.table_name, _reverse=self, **said)


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
                said = {"schema": step.schema, "unique": step.unique, **step.kw}
                steps.ops[place] = CreatedIndexOp(step.index_name, step.table_name, step.columns, **said)


Plugin(PLUGIN).add_autogenerate_comparator(note_created, "autogenerate", priority=DispatchPriority.LAST)
