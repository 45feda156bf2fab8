"""What a step gives to the records that stand, where a value is required that they have not, or was asked for.

Columns come first, then their types, then the values, each after those it is worked out of, and last what is required.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any

import sqlalchemy as sa
from alembic.operations import ops

from framework.errors import Invalid
from framework.sql.migrations.operations.batches import FillInBatchesOp
from framework.sql.migrations.operations.exclusions import ExclusionOp
from framework.sql.migrations.operations.generated import GeneratedChange, GeneratedOp, is_generated
from framework.sql.migrations.operations.probes import ALL, RefuseRowsOp
from framework.sql.migrations.operations.renames import RenameOp, quoted, table_key
from framework.sql.migrations.plan.records.fillers import Filler, filler_of

Step = ops.MigrateOperation
Column = tuple[str, str]
DEFAULT = "a default that is known without asking a function"
UNFILLED = (
    "write the step anew with backfill= or such a default at the attribute, or with --split, which requires it in a"
    " second step, once every record has it"
)


def filled(steps: Sequence[Step], declared: sa.MetaData) -> list[Step]:
    """The steps, which are in order, with the values; a look, where none is known, that there is no record without.

    Values stand after the last step about columns, wherever that is: the way back begins where the way there ends.
    """
    plan = Plan(declared)
    last = max((place for place, step in enumerate(steps) if _of_columns(step)), default=-1)
    for place, step in enumerate(steps):
        match step:
            case GeneratedOp(change=GeneratedChange.COME | GeneratedChange.BEGIN):
                plan.generated.append(step)
            case ops.AddColumnOp() if is_generated(step):
                plan.generated.append(step)
            case ops.AddColumnOp() if step.column.identity is None:
                plan.add(step)
            case ops.AlterColumnOp() if _comments_only(step):
                plan.comments.append(step)
            case ops.AlterColumnOp(modify_nullable=False):
                plan.require(step)
            case _:
                (plan.before if place <= last else plan.after).append(step)
    updates = [*plan.updates()]
    order = {(step.key, step.column): place for place, step in enumerate(updates)}
    # As they are filled: what is begun again fills one column, and may not meet the CHECK of a later one before that.
    plan.required.sort(key=lambda step: order.get(_column(step), -1))
    return [*plan.before, *updates, *plan.required, *plan.generated, *plan.comments, *plan.after]


def _column(step: Step) -> Column:
    """The column that comes to be required; none of a look."""
    if isinstance(step, ops.AlterColumnOp):
        return table_key(step.table_name, step.schema), step.column_name
    return "", ""


def _of_columns(step: Step) -> bool:
    """Whether it adds or alters a column, or is the conversion of one, or the look before it."""
    kinds = (ops.AddColumnOp, ops.AlterColumnOp, ops.ExecuteSQLOp, RefuseRowsOp)
    return isinstance(step, kinds) and not isinstance(step, RenameOp | ExclusionOp)


def _comments_only(step: ops.AlterColumnOp) -> bool:
    others = (step.modify_nullable, step.modify_name, step.modify_type)
    return step.modify_comment is not False and others == (None,) * 3 and step.modify_server_default is False


def _circular(columns: Sequence[Column]) -> Invalid:
    names = [".".join(column) for column in columns]
    return Invalid(
        f"`{names[0]}` is to be filled from what it fills itself: {' from '.join(names)}",
        code="circular_backfill",
        path=(names[0],),
        hint="say a backfill= that needs none of these, or fill one of them in a step of its own "
        "(dspex revision --empty)",
    )


@dataclass(slots=True)
class Plan:
    """The steps as they are sorted out."""

    declared: sa.MetaData
    before: list[Step] = field(default_factory=list)
    fillers: dict[Column, Filler] = field(default_factory=dict)
    required: list[Step] = field(default_factory=list)
    generated: list[Step] = field(default_factory=list)
    comments: list[Step] = field(default_factory=list)
    after: list[Step] = field(default_factory=list)

    def add(self, step: ops.AddColumnOp) -> None:
        """A new column, with its value as a DEFAULT where it can be one."""
        column, filler = step.column, filler_of(step.column)
        words: dict[str, Any] = {"schema": step.schema, "existing_type": column.type}
        if filler is None or (column.nullable and not filler.asked):
            if not column.nullable:
                says = f"would have nothing in `{column.name}`, which is required with neither a backfill nor {DEFAULT}"
                self.before.append(RefuseRowsOp(step.table_name, ALL, says, step.schema, UNFILLED))
            self.before.append(step)
        elif filler.default is not None:
            column.server_default = sa.DefaultClause(filler.default)
            alter = ops.AlterColumnOp(step.table_name, column.name, modify_server_default=None, **words)
            self.before += [step, alter]
        else:
            self.fillers[table_key(step.table_name, step.schema), column.name] = filler
            if not column.nullable:
                column.nullable = True
                self.required.append(ops.AlterColumnOp(step.table_name, column.name, modify_nullable=False, **words))
            self.before.append(step)

    def require(self, step: ops.AlterColumnOp) -> None:
        """A column that comes to be required."""
        key, name = table_key(step.table_name, step.schema), step.column_name
        table = self.declared.tables.get(key)
        columns = {} if table is None else {column.name: column for column in table.c}
        filler = filler_of(columns[name]) if name in columns else None
        if filler is not None:
            self.fillers[key, name] = filler
        else:
            says = f"have no `{name}`, which is required"
            self.required.append(RefuseRowsOp(step.table_name, f"{quoted(name)} IS NULL", says, step.schema))
        self.required.append(step)

    def updates(self) -> Iterator[FillInBatchesOp]:
        """The statements that fill, each after those it needs."""
        needs = {
            column: {need for need in filler.needs if need in self.fillers and need != column}
            for column, filler in self.fillers.items()
        }
        try:
            order = [*TopologicalSorter(needs).static_order()]
        except CycleError as error:
            raise _circular(error.args[1]) from None
        for column in order:
            schema, _, table = column[0].rpartition(".")
            yield FillInBatchesOp(table, column[1], self.fillers[column].value, schema=schema or None)
