"""A revision as two: an expand, which the code before it can live beside, and a contract, for when that code is gone.

The expand adds and loosens, the contract requires, tightens and drops. What the new code requires and the old code does
not know is filled by a trigger in between, and a column that has another name now stands beside the old one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa
from alembic.operations import ops
from sqlalchemy.dialects import postgresql

from framework.sql.migrations.operations.batches import FillInBatchesOp
from framework.sql.migrations.operations.members import MembersOp
from framework.sql.migrations.operations.probes import RefuseRowsOp
from framework.sql.migrations.operations.renames import Rename, Thing, quoted, table_key
from framework.sql.migrations.plan.hindrances import Hindrance, retyping, retypings
from framework.sql.migrations.plan.records.conversions import SqlType, name_of
from framework.sql.migrations.plan.records.fillers import FILLER, Filler
from framework.sql.migrations.plan.rekeying import rekeyings
from framework.sql.migrations.plan.split.refusals import renamed_otherwise
from framework.sql.migrations.plan.split.steps import Column, Split

Step = ops.MigrateOperation


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
    for hindrance in (*retypings(steps), *rekeyings(steps), *_retyped(steps, kept)):
        raise hindrance.refused("--split")
    plan = Split(steps, kept)
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


def _differ(old: SqlType, new: SqlType) -> bool:
    """Whether a type that was read and one that is declared are two; what a domain is of is taken for it."""
    return not isinstance(old, postgresql.DOMAIN) and name_of(old) != name_of(new)


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
            if old is not None and _differ(old.type, step.column.type):
                yield retyping(table, step.column.name)
