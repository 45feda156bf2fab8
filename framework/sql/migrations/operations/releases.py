"""A table of ours that is others' from a step on: it stays as it is, and only the step's lists say so."""

from __future__ import annotations

from dataclasses import dataclass

from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import renderers
from alembic.operations import MigrateOperation

from framework.sql.migrations.operations.renames import table_key


@dataclass(frozen=True)
class ReleaseOp(MigrateOperation):
    """That a table is no longer ours. Nothing is done to it, there or back."""

    schema: str | None
    table_name: str

    def reverse(self) -> ReleaseOp:
        """The same: what is done nothing about is not taken back."""
        return self


@renderers.dispatch_for(ReleaseOp)
def render(_: AutogenContext, step: ReleaseOp) -> str:
    """A line of a step that does nothing."""
    return f"pass  # the table {table_key(step.table_name, step.schema)} stays as it is, and is others' from here on"
