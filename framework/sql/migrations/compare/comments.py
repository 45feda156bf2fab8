"""Comments of the domains that say them; those of all others are left to whoever runs the database."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops
from alembic.runtime.plugins import Plugin
from alembic.util import DispatchPriority, PriorityDispatchResult

from framework.sql.definitions.comments import COMMENTED

PLUGIN = "dspex.comments"


def compare_column(_: AutogenContext, step: ops.AlterColumnOp, *column: Any) -> PriorityDispatchResult:
    """Has the step say the comment that is declared, where another one stands; `column` ends in both columns."""
    found, wanted = column[-2:]
    if wanted.table.info.get(COMMENTED):
        step.existing_comment = found.comment
        if (found.comment or None) != wanted.comment:
            step.modify_comment = wanted.comment
    return PriorityDispatchResult.CONTINUE


def compare_table(_: AutogenContext, steps: ops.ModifyTableOps, *table: Any) -> PriorityDispatchResult:
    """Adds the comment that is declared, where another one stands; `table` ends in both tables."""
    found, wanted = table[-2:]
    if isinstance(found, sa.Table) and isinstance(wanted, sa.Table) and wanted.info.get(COMMENTED):
        said, there = wanted.comment, found.comment or None
        words: dict[str, Any] = {"existing_comment": there, "schema": wanted.schema}
        if said != there and said is not None:
            steps.ops.append(ops.CreateTableCommentOp(wanted.name, said, **words))
        elif said != there:
            steps.ops.append(ops.DropTableCommentOp(wanted.name, **words))
    return PriorityDispatchResult.CONTINUE


_plugin = Plugin(PLUGIN)
_plugin.add_autogenerate_comparator(compare_column, "column", "comments", priority=DispatchPriority.LAST)
_plugin.add_autogenerate_comparator(compare_table, "table", "comments")
