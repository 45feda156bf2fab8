"""Columns that the database works out: those that are to be worked out otherwise, from now on, or no longer.

Nothing is lost by one that is made anew, so nobody is asked; the rules over it go with it and are made again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops
from alembic.runtime.plugins import Plugin
from alembic.util import DispatchPriority, PriorityDispatchResult
from sqlalchemy.sql import visitors

from framework.sql.migrations.compare.definitions import Definitions
from framework.sql.migrations.operations.generated import GeneratedChange, GeneratedColumn, GeneratedOp
from framework.sql.migrations.operations.renames import DIALECT

PLUGIN = "dspex.generated"
Step = ops.MigrateOperation
OF_RULES = (ops.DropConstraintOp, ops.DropIndexOp, ops.AddConstraintOp, ops.CreateIndexOp)


def add_generated_changes(
    steps: ops.ModifyTableOps, tables: tuple[sa.Table, sa.Table], theirs: Definitions, ours: Definitions
) -> None:
    """Adds what makes the columns of a table that stands worked out as is declared."""
    found, wanted = tables
    columns = {column.name: column for column in wanted.c}
    retyped = {step.column_name for step in steps.ops if isinstance(step, ops.AlterColumnOp) and step.modify_type}
    anew: set[str] = set()
    for name in sorted({*theirs.generated, *ours.generated} & {*found.c.keys()} & columns.keys()):
        there, said = theirs.generated.get(name), ours.generated.get(name)
        before = None if there is None else _column(found, found.c[name], there)
        after = None if said is None else _column(wanted, columns[name], said)
        if before is not None and after is not None:
            if before == after and not retyped & _of(columns[name]):
                continue
            steps.ops.extend([GeneratedOp(GeneratedChange.GO, before), GeneratedOp(GeneratedChange.COME, after)])
        elif after is not None:
            steps.ops.append(GeneratedOp(GeneratedChange.BEGIN, after))
        elif before is not None:
            steps.ops.append(GeneratedOp(GeneratedChange.END, before))
            continue
        anew.add(name)
    steps.ops[:] = [
        step for step in steps.ops if not (isinstance(step, ops.AlterColumnOp) and step.column_name in anew)
    ]
    for name in sorted(anew):
        if columns[name].comment or found.c[name].comment:
            steps.ops.append(_commented(found.c[name], columns[name]))
    steps.ops.extend(_made_again(steps, wanted, anew, theirs))


def _commented(found: sa.Column[object], wanted: sa.Column[object]) -> ops.AlterColumnOp:
    """The comment of a column that is made anew: it went with the old one."""
    said: dict[str, Any] = {"existing_comment": found.comment, "modify_comment": wanted.comment}
    return ops.AlterColumnOp(
        wanted.table.name, wanted.name, schema=wanted.table.schema, existing_type=wanted.type, **said
    )


def _column(table: sa.Table, column: sa.Column[object], expression: str) -> GeneratedColumn:
    kind = column.type.compile(dialect=DIALECT)
    return GeneratedColumn(table.name, column.name, kind, not column.nullable, expression, table.schema)


def _of(column: sa.Column[object]) -> set[str]:
    """The columns that one is worked out of, and itself."""
    return {column.name, *({} if column.computed is None else _named(column.computed.sqltext))}


def _named(*clauses: object) -> set[str]:
    parts = (part for clause in clauses if isinstance(clause, sa.ClauseElement) for part in visitors.iterate(clause))
    return {part.name for part in parts if isinstance(part, sa.ColumnClause)}


def _made_again(steps: ops.ModifyTableOps, wanted: sa.Table, anew: set[str], theirs: Definitions) -> Iterator[Step]:
    """The rules over columns that are made anew, where nothing else is done to them: they go, and come again."""
    spoken_for = {_name(step) for step in steps.ops if isinstance(step, OF_RULES)}
    standing = {*theirs.checks, *theirs.keys, *theirs.indexes} - spoken_for
    for index in sorted(wanted.indexes, key=lambda each: str(each.name)):
        where, include = (index.dialect_kwargs.get(f"postgresql_{word}") for word in ("where", "include"))
        if index.name in standing and anew & {
            *_named(*index.expressions, where),
            *(getattr(each, "name", each) for each in include or ()),
        }:
            yield ops.DropIndexOp.from_index(index)
            yield ops.CreateIndexOp.from_index(index)
    for rule in sorted(wanted.constraints, key=lambda each: str(each.name)):
        over = _named(rule.sqltext) if isinstance(rule, sa.CheckConstraint) else _columns(rule)
        if rule.name in standing and anew & over:
            yield ops.DropConstraintOp.from_constraint(rule)
            yield ops.AddConstraintOp.from_constraint(rule)


def _columns(rule: sa.Constraint) -> set[str]:
    return {column.name for column in rule.columns} if isinstance(rule, sa.UniqueConstraint) else set()


def _name(step: Step) -> str:
    match step:
        case ops.DropIndexOp() | ops.CreateIndexOp():
            return str(step.index_name)
        case ops.DropConstraintOp():
            return str(step.constraint_name)
        case ops.AddConstraintOp():
            return str(step.to_constraint().name)
    return ""


def leave_to_us(_: AutogenContext, __: ops.AlterColumnOp, *column: Any) -> PriorityDispatchResult:
    """Has Alembic pass over columns that are worked out, of which it only warns; `column` ends in both of them."""
    found, wanted = column[-2:]
    apart = found.computed is not None or wanted.computed is not None
    return PriorityDispatchResult.STOP if apart else PriorityDispatchResult.CONTINUE


Plugin(PLUGIN).add_autogenerate_comparator(leave_to_us, "column", "server_default", priority=DispatchPriority.FIRST)
