"""Rules that come and go while old and new code write beside each other: what they are about, and whom they bind."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa
from alembic.operations import ops
from sqlalchemy.sql import visitors

from framework.sql.migrations.compare.indexes import parts_of
from framework.sql.migrations.operations.exclusions import AlterAction, ExclusionOp
from framework.sql.migrations.operations.renames import escaped, table_key
from framework.sql.migrations.plan.records.probing import text_of

Step = ops.MigrateOperation
GONE = (ops.DropConstraintOp, ops.DropIndexOp)
RULES = (ops.AddConstraintOp, ops.CreateIndexOp, ExclusionOp, *GONE)
WORD = re.compile(r"\w+")


def is_rule(step: Step) -> bool:
    """Whether it makes or drops a constraint or an index."""
    return isinstance(step, RULES)


def goes(step: Step) -> bool:
    """Whether it drops one."""
    return isinstance(step, GONE) or (isinstance(step, ExclusionOp) and step.action is AlterAction.DROP)


def is_strict(step: Step) -> bool:
    """Whether the rule refuses anything: an index that is not unique does not."""
    index = step.reverse() if isinstance(step, ops.DropIndexOp) else step
    return not isinstance(index, ops.CreateIndexOp) or bool(index.unique)


def is_loosened(step: ExclusionOp, other: ExclusionOp) -> bool:
    """Whether the later of two exclusions allows all that the earlier does: it has more parts, or fewer records."""
    before, after = (step, other) if goes(step) else (other, step)
    old, new = before.excluded, after.excluded
    return {*parts_of(old.definition)} <= {*parts_of(new.definition)} and old.among in (None, new.among)


def allowing_both(gone: ops.DropConstraintOp, comes: ops.CreateCheckConstraintOp) -> ops.CreateCheckConstraintOp:
    """The CHECK in between: what either of them allows."""
    before: Any = gone.to_constraint()
    text = f"({text_of(before.sqltext)}) OR ({text_of(comes.condition)})"
    words: dict[str, Any] = {"schema": comes.schema}
    return ops.CreateCheckConstraintOp(comes.constraint_name, comes.table_name, sa.text(escaped(text)), **words)


def name_of(step: Step) -> tuple[str, str]:
    """The table and the name of a rule; nothing for other steps."""
    match step:
        case ops.DropConstraintOp():
            return table_key(step.table_name, step.schema), str(step.constraint_name)
        case ops.CreateIndexOp() | ops.DropIndexOp():
            return table_key(str(step.table_name), step.schema), str(step.index_name)
        case ExclusionOp(excluded=excluded):
            return table_key(excluded.table, excluded.schema), excluded.name
        case ops.AddConstraintOp():
            rule = step.to_constraint()
            return table_key(rule.table.name, rule.table.schema), str(rule.name)
        case _:
            return "", str(id(step))


def columns_of(step: Any) -> set[str]:
    """The columns that a rule is about; of a text, every word that could be one."""
    rule = step.reverse() if isinstance(step, GONE) else step
    match rule:
        case ops.CreateForeignKeyOp():
            return {*rule.local_cols}
        case ops.CreateUniqueConstraintOp() | ops.CreatePrimaryKeyOp():
            return {*map(str, rule.columns)}
        case ops.CreateCheckConstraintOp() if not isinstance(rule.condition, str | sa.TextClause):
            return {part.name for part in visitors.iterate(rule.condition) if isinstance(part, sa.ColumnClause)}
        case ExclusionOp(excluded=excluded):
            return {*WORD.findall(excluded.definition)}
        case ops.CreateCheckConstraintOp():
            return {*WORD.findall(str(rule.condition))}
        case ops.CreateIndexOp():
            return {
                word for part in rule.columns for word in WORD.findall(part if isinstance(part, str) else str(part))
            }
        case _:
            return set()
