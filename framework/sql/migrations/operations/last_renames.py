"""The renames that an online step ends with as it is taken back, all of them at once.

`op.rename_at_last("ALTER TABLE IF EXISTS …", …)`: what stands above it speaks of things by the names that they have
until then, and can be carried out again until then. So it is noted with the renames, in one statement, that it is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import renderers
from alembic.operations import MigrateOperation, Operations

from framework.sql.migrations.operations.renames import RENAMING, block, escaped

# Where a run keeps the statement by which that is noted.
NOTE_RENAMED = "dspex_note_renamed"


@Operations.register_operation("rename_at_last")
class LastRenamesOp(MigrateOperation):
    """Renames, each a statement that leaves what has its name already."""

    def __init__(self, statements: Sequence[str]) -> None:
        self.statements = statements

    @classmethod
    def rename_at_last(cls, operations: Operations, *statements: str) -> Any:
        """Carries them out."""
        return operations.invoke(cls(statements))


@renderers.dispatch_for(LastRenamesOp)
def render(_: AutogenContext, step: LastRenamesOp) -> str:
    """A line of a step for each."""
    return "\n".join(["op.rename_at_last(", *(f"    {statement!r}," for statement in step.statements), ")"])


@Operations.implementation_for(LastRenamesOp)
def rename(operations: Operations, step: LastRenamesOp) -> None:
    """All or none of them, and the note."""
    context = operations.get_context()
    note = context.opts.get(NOTE_RENAMED)
    statements = step.statements if note is None or context.as_sql else (*step.statements, note)
    operations.execute(sa.text(escaped(block(" ".join(f"{each};" for each in statements), RENAMING))))
