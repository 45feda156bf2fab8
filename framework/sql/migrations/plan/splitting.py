"""A revision as two: an expand, which the code before it can live beside, and a contract, for when that code is gone.

The expand adds and loosens, the contract requires, tightens and drops. What the new code requires and the old code does
not know is filled by a trigger in between, and a column that has another name now stands beside the old one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeGuard

import sqlalchemy as sa
from alembic.ddl.postgresql import PostgresqlImpl
from alembic.operations import ops
from sqlalchemy.sql import visitors

from framework.sql.migrations.operations.batches import FillInBatchesOp
from framework.sql.migrations.operations.keeping import KeepFilledOp, MirrorColumnOp, StopKeepingOp
from framework.sql.migrations.operations.members import MembersOp
from framework.sql.migrations.operations.probes import RefuseRowsOp
from framework.sql.migrations.operations.renames import DIALECT, Rename, Thing, escaped, quoted, table_key
from framework.sql.migrations.plan.fillers import FILLER, Filler
from framework.sql.migrations.plan.hindrances import Hindrance, retyping, retypings
from framework.sql.migrations.plan.probing import text_of
from framework.sql.migrations.plan.split_refusals import renamed_members, renamed_otherwise, required_as_well

Step = ops.MigrateOperation
Column = tuple[str, str]
"""A table, with its schema where it is in one of its own, and a column."""
RULES = (ops.AddConstraintOp, ops.CreateIndexOp)
GONE = (ops.DropConstraintOp, ops.DropIndexOp)
WORD = re.compile(r"\w+")
# Alembic's knowledge of which types are the same under two names.
TYPES = PostgresqlImpl(DIALECT, None, as_sql=True, transactional_ddl=None, output_buffer=None, context_opts={})


def keep_beside(renames: Sequence[Rename], declared: sa.MetaData) -> Mapping[Column, str]:
    """The old names of the renamed columns, each of which is then filled from it; refuses other renames."""
    for rename in renames:
        table = declared.tables.get(table_key(rename.table, rename.schema))
        if rename.thing is not Thing.COLUMN or table is None or rename.old in table.c:
            raise renamed_otherwise(rename)
        table.c[rename.new].info[FILLER] = Filler(quoted(rename.old), asked=True)
    return {(table_key(rename.table, rename.schema), rename.new): rename.old for rename in renames}


def split(steps: Sequence[Step], kept: Mapping[Column, str]) -> tuple[list[Step], list[Step]]:
    """The expand and the contract of these steps, which are in order and filled."""
    for hindrance in (*retypings(steps), *_retyped(steps, kept)):
        raise hindrance.refused("--split")
    plan = _Split(steps, kept)
    for step in steps:
        plan.place(step)
    return [*plan.expand, *plan.rules], [*plan.required, *plan.stops, *plan.rest]


def backwards(steps: Sequence[Step], kept: Mapping[Column, str]) -> list[Step]:
    """The way back of one of them; an old column that comes back is filled from the new one."""
    olds = {(table, old): new for (table, new), old in kept.items()}
    back: list[Step] = []
    for step in reversed(steps):
        if isinstance(step, FillInBatchesOp | RefuseRowsOp | MembersOp) or type(step) is ops.ExecuteSQLOp:
            continue
        again = step.reverse()
        if isinstance(again, ops.AddColumnOp):
            new = olds.get((table_key(again.table_name, again.schema), again.column.name))
            if new is not None:
                again.column.info[FILLER] = Filler(quoted(new), asked=True)
        back.append(again)
    return back


def not_kept(steps: Sequence[Step], kept: Mapping[Column, str]) -> Iterator[Step]:
    """Those by which something may be lost: what an old column holds, the new one has."""
    olds = {(table, old) for (table, _), old in kept.items()}
    for step in steps:
        if (
            not isinstance(step, ops.DropColumnOp)
            or (table_key(step.table_name, step.schema), step.column_name) not in olds
        ):
            yield step


@dataclass(slots=True)
class _Split:
    """The steps as they are told apart."""

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
            case ops.CreateTableOp():
                self.expand.append(step)
            case _ if isinstance(step, (*RULES, *GONE)):
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
            keep = MirrorColumnOp(step.table_name, old, step.column, step.schema)
        elif key in self._required():
            keep = KeepFilledOp(step.table_name, step.column, step.value, step.schema)
        else:
            self.expand.append(step)
            return
        self.expand += [keep, step]
        self.stops.append(keep.reverse())

    def _drop(self, step: ops.DropColumnOp) -> None:
        table, column = table_key(step.table_name, step.schema), step.to_column()
        names = {old: new for (of, new), old in self.kept.items() if of == table}
        # Of an old name the new one says whether there is always something to keep in it.
        if not column.nullable and (table, names.get(column.name)) not in self._required():
            self.expand.append(_nullable(step, column, required=False))
            # As it is when it is dropped, so that it comes back so.
            column.nullable = True
        self.rest.append(step)

    def _rule(self, step: Any) -> None:
        """A rule that comes or goes; one that says something else now allows both in between, if it is a CHECK."""
        looks, self.looks = self.looks, []
        other = next((each for each in self.steps if each is not step and _name(each) == _name(step)), None)
        match step, other:
            case ops.DropConstraintOp(), ops.CreateCheckConstraintOp():
                self.rules += [step, _both(step, other)]
            case ops.CreateCheckConstraintOp(), ops.DropConstraintOp():
                between = _both(other, step).to_constraint()
                self.rest += [ops.DropConstraintOp.from_constraint(between), *looks, step]
            case _, None if self._harmless(step):
                self.rules += [*looks, step]
            case _:
                self.rest += [*looks, step]

    def _harmless(self, step: Any) -> bool:
        """Whether old code can live beside the change: nothing that it writes or looks up is touched."""
        about, table = _columns(step), _name(step)[0]
        if isinstance(step, GONE):
            gone = {each.column_name for each in self.steps if isinstance(each, ops.DropColumnOp)}
            strict = isinstance(step, ops.DropConstraintOp) or bool(step.reverse().unique)
            return strict and not about & gone
        if isinstance(step, ops.CreateIndexOp) and not step.unique:
            return True
        made = {table_key(each.table_name, each.schema) for each in self.steps if isinstance(each, ops.CreateTableOp)}
        added = {
            str(each.column.name)
            for each in self.steps
            if isinstance(each, ops.AddColumnOp) and table_key(each.table_name, each.schema) == table
        }
        kept = {step.column for step in self.stops if isinstance(step, StopKeepingOp)}
        return table in made or (bool(about) and about <= added - kept)

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


def _retyped(steps: Sequence[Step], kept: Mapping[Column, str]) -> Iterator[Hindrance]:
    """The columns that have another name and another type at once."""
    gone = {
        (table_key(step.table_name, step.schema), step.column_name): step.to_column()
        for step in steps
        if isinstance(step, ops.DropColumnOp)
    }
    for step in steps:
        if isinstance(step, ops.AddColumnOp):
            table = table_key(step.table_name, step.schema)
            old = gone.get((table, kept.get((table, step.column.name), "")))
            if old is not None and TYPES.compare_type(old, step.column):
                yield retyping(table, step.column.name)


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


def _both(gone: ops.DropConstraintOp, comes: ops.CreateCheckConstraintOp) -> ops.CreateCheckConstraintOp:
    """The CHECK in between: what either of them allows."""
    before: Any = gone.to_constraint()
    text = f"({text_of(before.sqltext)}) OR ({text_of(comes.condition)})"
    words: dict[str, Any] = {"schema": comes.schema}
    return ops.CreateCheckConstraintOp(comes.constraint_name, comes.table_name, sa.text(escaped(text)), **words)


def _name(step: Step) -> tuple[str, str]:
    """The table and the name of a rule; nothing for other steps."""
    match step:
        case ops.DropConstraintOp():
            return table_key(step.table_name, step.schema), str(step.constraint_name)
        case ops.CreateIndexOp() | ops.DropIndexOp():
            return table_key(str(step.table_name), step.schema), str(step.index_name)
        case ops.AddConstraintOp():
            rule = step.to_constraint()
            return table_key(rule.table.name, rule.table.schema), str(rule.name)
        case _:
            return "", str(id(step))


def _columns(step: Any) -> set[str]:
    """The columns that a rule is about; of a text, every word that could be one."""
    rule = step.reverse() if isinstance(step, GONE) else step
    match rule:
        case ops.CreateForeignKeyOp():
            return {*rule.local_cols}
        case ops.CreateUniqueConstraintOp():
            return {*map(str, rule.columns)}
        case ops.CreateCheckConstraintOp() if not isinstance(rule.condition, str | sa.TextClause):
            return {part.name for part in visitors.iterate(rule.condition) if isinstance(part, sa.ColumnClause)}
        case ops.CreateCheckConstraintOp():
            return {*WORD.findall(str(rule.condition))}
        case ops.CreateIndexOp():
            return {
                word for part in rule.columns for word in WORD.findall(part if isinstance(part, str) else str(part))
            }
        case _:
            return set()
