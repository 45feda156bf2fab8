"""A look at the records before a step changes them so that nobody can tell afterwards how they were.

`op.irreversible_where("items", "kind = 'waiting'", "…")` is known to every step that runs here. Where a record
satisfies the condition, the database keeps that this step cannot be taken back while the table holds records, and why.
What an online step finds as it goes on from where it was cut off may be its own work, and nobody can tell: it says so.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext

from framework.sql.migrations.operations.lock_policy import is_online
from framework.sql.migrations.operations.renames import escaped
from framework.sql.migrations.operations.table_operation import TableOperation, operation

# What the step at hand has found, until it is written down with the step.
FOUND = "dspex_irreversible"
OR_ITS_OWN = ", unless the step, which is online, was cut off on its way and has met there what it had written itself"


@operation("irreversible_where")
@dataclass(frozen=True)
class IrreversibleWhereOp(TableOperation):
    """That the step cannot be taken back if a record of the table satisfies a condition; `says` is why."""

    table_name: str
    where: str
    says: str
    schema: str | None = None


@Operations.implementation_for(IrreversibleWhereOp)
def look(operations: Operations, step: IrreversibleWhereOp) -> None:
    """Keeps the reason, if there is one, for when the step is written down."""
    context = operations.get_context()
    some = sa.select(sa.literal(1)).select_from(sa.table(step.table_name, schema=step.schema))
    if context.as_sql or operations.get_bind().scalar(some.where(sa.text(escaped(step.where))).limit(1)) is not None:
        says = f"{step.says}{OR_ITS_OWN}" if is_online(context) else step.says
        context.opts.setdefault(FOUND, {}).setdefault(step.key, []).append(says)


def found_irreversible(context: MigrationContext) -> dict[str, str]:
    """By table, why the step that was carried out last cannot be taken back; known once."""
    return {table: "; ".join(says) for table, says in context.opts.pop(FOUND, {}).items()}
