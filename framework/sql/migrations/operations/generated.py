"""A column that the database works out, and how it comes to be one, is worked out otherwise, or is one no longer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from alembic.operations import ops

from framework.sql.migrations.operations.renames import escaped, qualified, quoted, table_key


class GeneratedChange(StrEnum):
    """What a step does with the column: it goes, for it to come back; is worked out from now on, or no longer."""

    GO = "go"
    COME = "come"
    BEGIN = "begin"
    END = "end"


BACK = {
    GeneratedChange.GO: GeneratedChange.COME,
    GeneratedChange.COME: GeneratedChange.GO,
    GeneratedChange.BEGIN: GeneratedChange.END,
    GeneratedChange.END: GeneratedChange.BEGIN,
}


@dataclass(frozen=True, slots=True)
class GeneratedColumn:
    """A column by its table and name: its type, whether it is required, and what it is worked out by."""

    table: str
    name: str
    kind: str
    required: bool
    expression: str
    schema: str | None = None

    @property
    def definition(self) -> str:
        """The column as a statement adds it."""
        required = " NOT NULL" if self.required else ""
        return f"{quoted(self.name)} {self.kind} GENERATED ALWAYS AS ({self.expression}) STORED{required}"


class GeneratedOp(ops.ExecuteSQLOp):
    """A change of such a column, as a step of a revision."""

    def __init__(self, change: GeneratedChange, column: GeneratedColumn) -> None:
        name = quoted(column.name)
        actions = {
            GeneratedChange.GO: f"DROP COLUMN {name}",
            GeneratedChange.COME: f"ADD COLUMN {column.definition}",
            GeneratedChange.BEGIN: f"DROP COLUMN {name}, ADD COLUMN {column.definition}",
            GeneratedChange.END: f"ALTER COLUMN {name} DROP EXPRESSION",
        }
        super().__init__(escaped(f"ALTER TABLE {qualified(column.schema, column.table)} {actions[change]}"))
        self.change, self.column = change, column
        self.table_name, self.schema = column.table, column.schema

    @property
    def says(self) -> str:
        """What is not as declared."""
        table = table_key(self.column.table, self.column.schema)
        return f"column {table}.{self.column.name} is worked out otherwise, or not at all"

    def reverse(self) -> GeneratedOp:
        """The opposite."""
        return GeneratedOp(BACK[self.change], self.column)


def is_generated(step: ops.AddColumnOp | ops.DropColumnOp) -> bool:
    """Whether the column that comes or goes is worked out: then nothing is lost with it, and nothing fills it."""
    column = step.column if isinstance(step, ops.AddColumnOp) else step.to_column()
    return column.computed is not None
