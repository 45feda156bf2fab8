"""A look at the records before a step changes them so that nobody can tell afterwards how they were.

`op.irreversible_where("items", "kind = 'waiting'", "…")` is known to every step that runs here. Where a record
satisfies the condition, the database keeps that this step cannot be taken back while the table holds records, and why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import renderers
from alembic.operations import MigrateOperation, Operations
from alembic.runtime.migration import MigrationContext

from framework.sql.migrations.operations.renames import escaped, table_key

# What the step at hand has found, until it is written down with the step.
FOUND = "dspex_irreversible"


@Operations.register_operation("irreversible_where")
@dataclass(frozen=True)
class IrreversibleWhereOp(MigrateOperation):
    """That the step cannot be taken back if a record of the table satisfies a condition; `says` is why."""

    table: str
    where: str
    says: str
    schema: str | None = None

    @classmethod
    def irreversible_where(  # noqa: PLR0917 - an operation of Alembic's
        cls, operations: Operations, table: str, where: str, says: str, schema: str | None = None
    ) -> Any:
        """Looks for one; a script cannot look, and takes it that there is one."""
        return operations.invoke(cls(table, where, says, schema))


@Operations.implementation_for(IrreversibleWhereOp)
def look(operations: Operations, step: IrreversibleWhereOp) -> None:
    """Keeps the reason, if there is one, for when the step is written down."""
    context = operations.get_context()
    some = sa.select(sa.literal(1)).select_from(sa.table(step.table, schema=step.schema))
    if context.as_sql or operations.get_bind().scalar(some.where(sa.text(escaped(step.where))).limit(1)) is not None:
        context.opts.setdefault(FOUND, {}).setdefault(table_key(step.table, step.schema), []).append(step.says)


def found_irreversible(context: MigrationContext) -> dict[str, str]:
    """By table, why the step that was carried out last cannot be taken back; known once."""
    return {table: "; ".join(says) for table, says in context.opts.pop(FOUND, {}).items()}


@renderers.dispatch_for(IrreversibleWhereOp)
def render(_: AutogenContext, step: IrreversibleWhereOp) -> str:
    """The operation as a line of a step."""
    schema = "" if step.schema is None else f", schema={step.schema!r}"
    return f"op.irreversible_where({step.table!r}, {step.where!r}, {step.says!r}{schema})"
