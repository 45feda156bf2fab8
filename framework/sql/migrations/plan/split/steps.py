"""The steps of a revision, each placed in the expand or in the contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeGuard

import sqlalchemy as sa
from alembic.operations import ops

from framework.sql.migrations.operations.batches import FillInBatchesOp
from framework.sql.migrations.operations.exclusions import ExclusionOp
from framework.sql.migrations.operations.keeping import KeepFilledOp, MirrorColumnOp, StopKeepingOp
from framework.sql.migrations.operations.members import MembersOp
from framework.sql.migrations.operations.partitions import DefaultPartitionOp
from framework.sql.migrations.operations.probes import RefuseRowsOp
from framework.sql.migrations.operations.renames import quoted, table_key
from framework.sql.migrations.plan.records.absence import holds_when_absent
from framework.sql.migrations.plan.split.refusals import renamed_members, required_as_well
from framework.sql.migrations.plan.split.rules import (
    allowing_both,
    columns_of,
    goes,
    is_loosened,
    is_rule,
    is_strict,
    name_of,
)

Step = ops.MigrateOperation
Column = tuple[str, str]
"""A table, with its schema where it is in one of its own, and a column."""


@dataclass(slots=True)
class Split:
    """The steps as they are told apart: what belongs to the expand, and what to the contract.

    The expand is `expand`, then `rules`; the contract `required`, `stops` and `rest`.
    """

    steps: Sequence[Step]
    kept: Mapping[Column, str]
    expand: list[Step] = field(default_factory=list)
    rules: list[Step] = field(default_factory=list)
    required: list[Step] = field(default_factory=list)
    stops: list[Step] = field(default_factory=list)
    rest: list[Step] = field(default_factory=list)
    looks: list[Step] = field(default_factory=list)

    def place(self, step: Step) -> None:
        """Puts it where it belongs."""
        match step:
            case RefuseRowsOp():
                self.looks.append(step)
            case ops.AddColumnOp():
                self._add(step)
            case ops.AlterColumnOp():
                self._alter(step)
            case FillInBatchesOp():
                self._fill(step)
            case ops.DropColumnOp():
                self._drop(step)
            case ops.CreateTableOp() | DefaultPartitionOp():
                self.expand.append(step)
            case _ if is_rule(step):
                self._rule(step)
            case MembersOp() if step.change.moved:
                raise renamed_members(step)
            case _:
                self.rest.append(step)

    def _add(self, step: ops.AddColumnOp) -> None:
        column = step.column
        if not column.nullable and column.server_default is None and column.identity is None:
            # Nothing is known to put there, so it is looked for only when it is required.
            self.looks, column.nullable = [], True
            says = f"have no `{column.name}`, which is required"
            look = RefuseRowsOp(step.table_name, f"{quoted(column.name)} IS NULL", says, step.schema)
            self.required += [look, _nullable(step, column, required=True)]
        self.expand.append(step)

    def _alter(self, step: ops.AlterColumnOp) -> None:
        looks, self.looks = self.looks, []
        if step.modify_nullable is True:
            self.expand.append(step)
            return
        added = next((each.column for each in self.expand if _is_column(each, step)), None)
        if step.modify_server_default is None and added is not None:
            step.existing_server_default = added.server_default
        if step.modify_nullable is False:
            step.existing_nullable = True
        self.required += [*looks, step]

    def _fill(self, step: FillInBatchesOp) -> None:
        key = (step.key, step.column)
        keep: MirrorColumnOp | KeepFilledOp
        if (old := self.kept.get(key)) is not None:
            if key in self._required() and self._was_optional(key[0], old):
                raise required_as_well(step, old)
            keep = MirrorColumnOp(step.table_name, old, step.column, step.schema, self._place(key[0]))
        elif key in self._required():
            keep = KeepFilledOp(step.table_name, step.column, step.value, step.schema, self._place(key[0]))
            says = f"have no `{step.column}`, which is required"
            look = RefuseRowsOp(step.table_name, f"{quoted(step.column)} IS NULL", says, step.schema)
            # What was written in between may have got nothing yet, as of records that came later.
            self.required += [replace(step), look]
        else:
            self.expand.append(step)
            return
        self.expand += [keep, step]
        self.stops.append(keep.reverse())

    def _drop(self, step: ops.DropColumnOp) -> None:
        table, column = table_key(step.table_name, step.schema), step.to_column()
        names = {old: new for (of, new), old in self.kept.items() if of == table}
        if not column.nullable:
            # An old name is filled until its trigger ends if the new one is required. Then new code leaves it empty,
            # and in an online contract a while goes by before it is dropped.
            filled = (table, names.get(column.name)) in self._required()
            (self.required if filled else self.expand).append(_nullable(step, column, required=False))
            # As it is when it is dropped, so that it comes back so.
            column.nullable = True
        self.rest.append(step)

    def _rule(self, step: Step) -> None:
        """A rule that comes or goes; one that says something else now allows both in between, if it is a CHECK."""
        looks, self.looks = self.looks, []
        other = next((each for each in self.steps if each is not step and name_of(each) == name_of(step)), None)
        match step, other:
            case ops.DropConstraintOp(), ops.CreateCheckConstraintOp():
                self.rules += [step, allowing_both(step, other)]
            case ops.CreateCheckConstraintOp(), ops.DropConstraintOp():
                between = allowing_both(other, step).to_constraint()
                self.rest += [ops.DropConstraintOp.from_constraint(between), *looks, step]
            case ExclusionOp(), ExclusionOp() if is_loosened(step, other):
                self.rules += [*looks, step]
            case _, None if self._harmless(step):
                self.rules += [*looks, step]
            case _:
                self.rest += [*looks, step]

    def _harmless(self, step: Step) -> bool:
        """Whether old code can live beside the change: nothing that it writes or looks up is touched."""
        about, table = columns_of(step), name_of(step)[0]
        if goes(step):
            gone = {each.column_name for each in self.steps if isinstance(each, ops.DropColumnOp)}
            return is_strict(step) and not about & gone
        if not is_strict(step):
            return True
        made = {table_key(each.table_name, each.schema) for each in self.steps if isinstance(each, ops.CreateTableOp)}
        added = {
            str(each.column.name)
            for each in self.steps
            if isinstance(each, ops.AddColumnOp) and table_key(each.table_name, each.schema) == table
        }
        kept = {step.column for step in self.stops if isinstance(step, StopKeepingOp)}
        if table in made or not about or not about <= added - kept:
            return table in made
        # What old code leaves empty; in the others there is their DEFAULT, by which a rule of those alone was declared.
        empty = added - kept - self._preset(table)
        if isinstance(step, ops.CreateCheckConstraintOp) and not about & empty:
            return True
        return holds_when_absent(step, empty)

    def _preset(self, table: str) -> set[str]:
        """The new columns of a table that get a value where nobody gives them one."""
        return {
            str(each.column.name)
            for each in self.steps
            if isinstance(each, ops.AddColumnOp)
            and table_key(each.table_name, each.schema) == table
            and (each.column.server_default is not None or each.column.identity is not None)
        }

    def _place(self, table: str) -> int:
        """Whose turn it is among the columns of a table that are kept: triggers are carried out by their names."""
        kept = [step for step in self.stops if isinstance(step, StopKeepingOp) and step.key == table]
        return max((step.place for step in kept), default=0) + 1

    def _was_optional(self, table: str, old: str) -> bool:
        return any(
            isinstance(each, ops.DropColumnOp)
            and (table_key(each.table_name, each.schema), each.column_name) == (table, old)
            and bool(each.to_column().nullable)
            for each in self.steps
        )

    def _required(self) -> set[Column]:
        return {
            (table_key(each.table_name, each.schema), each.column_name)
            for each in self.steps
            if isinstance(each, ops.AlterColumnOp) and each.modify_nullable is False
        }


def _nullable(step: ops.AddColumnOp | ops.DropColumnOp, column: sa.Column[Any], *, required: bool) -> ops.AlterColumnOp:
    return ops.AlterColumnOp(
        step.table_name,
        str(column.name),
        schema=step.schema,
        existing_type=column.type,
        existing_nullable=required,
        modify_nullable=not required,
    )


def _is_column(step: Step, other: ops.AlterColumnOp) -> TypeGuard[ops.AddColumnOp]:
    return isinstance(step, ops.AddColumnOp) and (step.table_name, step.schema, step.column.name) == (
        other.table_name,
        other.schema,
        other.column_name,
    )
