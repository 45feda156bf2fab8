"""What a revision cannot be two of, as old code cannot live beside it."""

from __future__ import annotations

from framework.errors import Invalid
from framework.sql.migrations.operations.batches import FillInBatchesOp
from framework.sql.migrations.operations.members import MembersOp
from framework.sql.migrations.operations.renames import Rename, table_key

OWN_STEP = "in a step of its own, without --split, when the old code is gone"


def renamed_otherwise(rename: Rename) -> Invalid:
    """A rename of what cannot stand under two names."""
    return _refused((rename.table,), f"{rename}, and old code cannot live beside that", f"rename it {OWN_STEP}")


def renamed_members(step: MembersOp) -> Invalid:
    """Members that have other names."""
    change = step.change
    column = f"{table_key(change.table, change.schema)}.{change.column}"
    says = f"members of `{column}` have other names now, which old code does not read"
    return _refused((change.table, change.column), says, f"rename them {OWN_STEP}")


def required_as_well(step: FillInBatchesOp, old: str) -> Invalid:
    """A column that has another name and comes to be required."""
    says = (
        f"`{step.key}.{step.column}` is required, and `{step.key}.{old}`, which it was, is not: "
        "old code may leave both empty"
    )
    hint = "rename it in one step, and have it be required in another one"
    return _refused((step.table_name, step.column), says, hint)


def _refused(path: tuple[str, ...], says: str, hint: str) -> Invalid:
    return Invalid(f"--split: {says}", code="no_split", path=path, hint=hint)
