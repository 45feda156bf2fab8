"""Rules that hold for what is written from now on first, and are looked at for what stands beside writers.

`op.validate_constraint("items", "ck_items_short")` after a constraint made `postgresql_not_valid=True`, and
`op.unique_by_index("items", "uq_items_title")` after a unique index of that name made `postgresql_concurrently=True`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import renderers
from alembic.operations import MigrateOperation, Operations
from alembic.runtime.migration import MigrationContext

from framework.sql.migrations.operations.patience import is_online, patiently
from framework.sql.migrations.operations.renames import escaped, qualified, quoted

HAS_CONSTRAINT = sa.text("SELECT 1 FROM pg_constraint WHERE conname = :name AND conrelid = to_regclass(:table)")


@Operations.register_operation("validate_constraint")
@dataclass(frozen=True)
class ValidateConstraintOp(MigrateOperation):
    """That a CHECK or a link holds for the records that stand, too."""

    table: str
    name: str
    schema: str | None = None

    @classmethod
    def validate_constraint(cls, operations: Operations, table: str, name: str, schema: str | None = None) -> Any:
        """Reads the table while others write to it."""
        return operations.invoke(cls(table, name, schema))


@Operations.register_operation("unique_by_index")
@dataclass(frozen=True)
class UniqueByIndexOp(MigrateOperation):
    """That the unique index of this name becomes the constraint of this name."""

    table: str
    name: str
    deferrable: bool = False
    initially: str | None = None
    schema: str | None = None

    @classmethod
    def unique_by_index(  # noqa: PLR0917 - an operation of Alembic's
        cls,
        operations: Operations,
        table: str,
        name: str,
        deferrable: bool = False,  # noqa: FBT001, FBT002
        initially: str | None = None,
        schema: str | None = None,
    ) -> Any:
        """Reads nothing: the index is there."""
        return operations.invoke(cls(table, name, deferrable, initially, schema))


@Operations.implementation_for(ValidateConstraintOp)
def validate(operations: Operations, step: ValidateConstraintOp) -> None:
    """Waits for nobody who only reads or writes, and nobody for it."""
    statement = f"ALTER TABLE {qualified(step.schema, step.table)} VALIDATE CONSTRAINT {quoted(step.name)}"
    patiently(operations.get_context(), lambda: operations.execute(sa.text(escaped(statement))))


@Operations.implementation_for(UniqueByIndexOp)
def use_index(operations: Operations, step: UniqueByIndexOp) -> None:
    """Makes the constraint, unless an online step that ended half way has."""
    context, table = operations.get_context(), qualified(step.schema, step.table)
    if is_online(context) and not context.as_sql and has_constraint(context, table, step.name):
        return
    when = " DEFERRABLE" if step.deferrable else ""
    when += "" if step.initially is None else f" INITIALLY {step.initially}"
    name = quoted(step.name)
    operations.execute(sa.text(escaped(f"ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE USING INDEX {name}{when}")))


@renderers.dispatch_for(ValidateConstraintOp)
def render_validate(_: AutogenContext, step: ValidateConstraintOp) -> str:
    """The operation as a line of a step."""
    return f"op.validate_constraint({step.table!r}, {step.name!r}{_schema(step.schema)})"


@renderers.dispatch_for(UniqueByIndexOp)
def render_use_index(_: AutogenContext, step: UniqueByIndexOp) -> str:
    """The operation as a line of a step."""
    when = ", deferrable=True" if step.deferrable else ""
    when += "" if step.initially is None else f", initially={step.initially!r}"
    return f"op.unique_by_index({step.table!r}, {step.name!r}{when}{_schema(step.schema)})"


def has_constraint(context: MigrationContext, table: str, name: str) -> bool:
    """Whether the table, named as in a statement, has a constraint of that name."""
    assert context.connection is not None
    return context.connection.scalar(HAS_CONSTRAINT, {"name": name, "table": table}) is not None


def _schema(schema: str | None) -> str:
    return "" if schema is None else f", schema={schema!r}"
