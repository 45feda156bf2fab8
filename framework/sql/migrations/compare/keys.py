"""Unique rules as they stand: when they are looked at, which neither SQLAlchemy reads nor Alembic compares, is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa
from alembic.operations import ops


def as_they_stand(found: sa.Table, steps: Sequence[ops.MigrateOperation], keys: Mapping[str, str]) -> None:
    """Tells the reflected rules, and those that a step brings back, whether they are deferrable."""
    for constraint in uniques(found):
        deferrable, initially = _when(keys.get(str(constraint.name), ""))
        constraint.deferrable, constraint.initially = deferrable, initially
    for step in steps:
        if isinstance(step, ops.DropConstraintOp) and isinstance(step._reverse, ops.CreateUniqueConstraintOp):  # noqa: SLF001
            deferrable, initially = _when(keys.get(str(step.constraint_name), ""))
            if deferrable:
                step._reverse.kw.update(deferrable=deferrable, initially=initially)  # noqa: SLF001


def uniques(table: sa.Table) -> Iterator[sa.UniqueConstraint]:
    """The unique rules of a table."""
    return (each for each in table.constraints if isinstance(each, sa.UniqueConstraint))


def _when(definition: str) -> tuple[bool | None, str | None]:
    """Whether the rule is deferrable, and when it is looked at, as PostgreSQL's definition has it."""
    if " DEFERRABLE" not in definition:
        return None, None
    return True, "DEFERRED" if " INITIALLY DEFERRED" in definition else "IMMEDIATE"
