"""An exclusion constraint that is made, or goes: Alembic compares none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from alembic.operations import ops
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from framework.sql.migrations.operations.renames import DIALECT, escaped, qualified, quoted

AMONG = re.compile(r"\) WHERE \((.*)\)(?: DEFERRABLE| NOT DEFERRABLE| INITIALLY|$)", re.DOTALL)
BEGINNING = " EXCLUDE USING "


class AlterAction(StrEnum):
    """Whether the constraint is made or goes."""

    ADD = "ADD"
    DROP = "DROP"


@dataclass(frozen=True, slots=True)
class Excluded:
    """An exclusion constraint by its table and name; `definition` is what it says, as a statement has it."""

    table: str
    name: str
    definition: str
    schema: str | None = None

    @property
    def among(self) -> str | None:
        """The condition that says which records it is of."""
        found = AMONG.search(self.definition)
        return None if found is None else found[1]


class ExclusionOp(ops.ExecuteSQLOp):
    """An exclusion constraint made or dropped, as a step of a revision."""

    def __init__(self, action: AlterAction, excluded: Excluded) -> None:
        what = f" {excluded.definition}" if action is AlterAction.ADD else ""
        table = qualified(excluded.schema, excluded.table)
        super().__init__(escaped(f"ALTER TABLE {table} {action} CONSTRAINT {quoted(excluded.name)}{what}"))
        self.action, self.excluded = action, excluded
        self.table_name, self.schema = excluded.table, excluded.schema

    def reverse(self) -> ExclusionOp:
        """The opposite."""
        return ExclusionOp(AlterAction.DROP if self.action is AlterAction.ADD else AlterAction.ADD, self.excluded)


def excluded_by(constraint: ExcludeConstraint) -> Excluded:
    """What a declared constraint says."""
    text = str(sa.schema.AddConstraint(constraint).compile(dialect=DIALECT))
    definition = text[text.index(BEGINNING) + 1 :]
    return Excluded(constraint.table.name, str(constraint.name), definition, constraint.table.schema)
