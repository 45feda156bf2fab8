"""Labels that an enum of the database gets, committed before anything uses them, as PostgreSQL asks.

`op.add_labels("mood", ("glum", "merry"))` stands first in a step. What the run has done before is committed with them,
unless all of them are there already. PostgreSQL takes none away, so they stay on the way back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from alembic.operations import Operations

from framework.sql.migrations.operations.lock_policy import committed_apart
from framework.sql.migrations.operations.renames import escaped, literal
from framework.sql.migrations.operations.table_operation import TableOperation, operation

LABELS = sa.text("SELECT enumlabel FROM pg_enum WHERE enumtypid = to_regtype(:name) ORDER BY enumsortorder")


@operation("add_labels")
@dataclass(frozen=True)
class AddLabelsOp(TableOperation):
    """That an enum, named as in a statement, has these labels; `table_name` is one that needs them."""

    enum: str
    labels: tuple[str, ...]
    table_name: str = field(default="", repr=False)
    schema: str | None = field(default=None, repr=False)

    def reverse(self) -> AddLabelsOp:
        """The same: they stay."""
        return self


def labels_of(connection: sa.Connection, enum: str) -> Sequence[str]:
    """Those that the enum has; none where there is no such enum."""
    return connection.execute(LABELS, {"name": enum}).scalars().all()


def together(steps: Sequence[AddLabelsOp]) -> Sequence[AddLabelsOp]:
    """One for each enum, with all labels that the columns of several tables need."""
    wanted: dict[str, dict[str, None]] = {}
    for step in steps:
        wanted.setdefault(step.enum, {}).update(dict.fromkeys(step.labels))
    return [AddLabelsOp(enum, tuple(labels)) for enum, labels in wanted.items()]


@Operations.implementation_for(AddLabelsOp)
def add(operations: Operations, step: AddLabelsOp) -> None:
    """Adds those that are not there."""
    context = operations.get_context()
    if not context.as_sql and {*labels_of(operations.get_bind(), step.enum)} >= {*step.labels}:
        return
    with committed_apart(context):
        for label in step.labels:
            added = f"ALTER TYPE {step.enum} ADD VALUE IF NOT EXISTS {literal(label)}"
            operations.execute(sa.text(escaped(added)))
