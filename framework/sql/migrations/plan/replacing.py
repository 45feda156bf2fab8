"""Unique rules that take the place of others in an online step: the old ones go once the new ones hold.

In between others write. Where one rule has to have the other's name, it is made under a name of its own until then.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeGuard

from alembic.operations import ops

from framework.naming import constraint_name
from framework.sql.migrations.operations.batches import FillInBatchesOp
from framework.sql.migrations.operations.members import MembersOp
from framework.sql.migrations.operations.renames import Rename, RenameOp, Thing
from framework.sql.migrations.operations.validating import UniqueByIndexOp
from framework.sql.migrations.plan.split_rules import columns_of, name_of

Step = ops.MigrateOperation
Gone = ops.DropConstraintOp | ops.DropIndexOp
Comes = ops.CreateUniqueConstraintOp | ops.CreateIndexOp
CONCURRENTLY = {"postgresql_concurrently": True}


def replaced(steps: Sequence[Step]) -> list[Step]:
    """The steps, each unique rule that goes after those that come to the same table.

    Where values that it is about are written first, which it may not allow, it goes before that, as it stands.
    """
    made = [*steps]
    for gone in filter(_goes, steps):
        table, start = name_of(gone)[0], made.index(gone)
        come = [step for step in made[start:] if _comes(step) and name_of(step)[0] == table]
        if not come:
            continue
        end = made.index(come[-1])
        if not any(_writes(step, table, columns_of(gone)) for step in made[start:end]):
            same = next((step for step in come if name_of(step) == name_of(gone)), None)
            made[end + 1 : end + 1] = [gone, *([] if same is None else [_takes_its_name(same)])]
            del made[start]
            made = [_apart(step) if step is same else step for step in made]
    return made


def as_index(step: ops.CreateUniqueConstraintOp, name: str) -> ops.CreateIndexOp:
    """The index of a unique rule, made beside those who write."""
    words = {**CONCURRENTLY, **{key: value for key, value in step.kw.items() if key.startswith("postgresql_")}}
    columns = [*step.columns]
    return ops.CreateIndexOp(
        name, step.table_name, columns, schema=step.schema, unique=True, if_not_exists=True, **words
    )


def by_index(step: ops.CreateUniqueConstraintOp, index: str | None = None) -> UniqueByIndexOp:
    """That the rule is the one of an index, of its own name or of another."""
    deferrable, initially = bool(step.kw.get("deferrable")), step.kw.get("initially")
    return UniqueByIndexOp(step.table_name, str(step.constraint_name), deferrable, initially, step.schema, index)


def _goes(step: Step) -> TypeGuard[Gone]:
    if isinstance(step, ops.DropIndexOp):
        return bool(step.to_index().unique)
    return isinstance(step, ops.DropConstraintOp) and step.constraint_type == "unique"


def _comes(step: Step) -> TypeGuard[Comes]:
    return isinstance(step, ops.CreateUniqueConstraintOp) or (isinstance(step, ops.CreateIndexOp) and bool(step.unique))


def _writes(step: Step, table: str, columns: set[str]) -> bool:
    match step:
        case FillInBatchesOp():
            return step.key == table and step.column in columns
        case MembersOp(change=change):
            return change.column in columns
        case _:
            return False


def _between(step: Comes) -> str:
    name = step.index_name if isinstance(step, ops.CreateIndexOp) else step.constraint_name
    return constraint_name("new", str(name))


def _apart(step: Comes) -> ops.CreateIndexOp:
    """The rule that comes, as an index under a name of its own."""
    if isinstance(step, ops.CreateUniqueConstraintOp):
        return as_index(step, _between(step))
    step.index_name = _between(step)
    return step


def _takes_its_name(step: Comes) -> Step:
    """What gives it the name that it is declared by, before it has been told apart."""
    if isinstance(step, ops.CreateUniqueConstraintOp):
        return by_index(step, _between(step))
    return RenameOp(Rename(Thing.INDEX, str(step.table_name), _between(step), str(step.index_name), step.schema))
