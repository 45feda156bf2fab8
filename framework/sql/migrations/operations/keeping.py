"""Columns kept while old and new code write to one table: triggers that an expanding step makes and the next one drops.

`op.keep_filled("invoices", "gross", "invoices.net + 1")` gives a new column its value where the writer knows nothing of
it; `op.mirror_column("invoices", "note", "remark")` keeps a column that has another name now and its old one alike,
whoever writes to which; `op.stop_keeping("invoices", "gross")` ends either. Of several in a table each has a `place`,
which is the same where it is ended: that is the order in which a record is given its values.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import sqlalchemy as sa
from alembic.operations import Operations

from framework.naming import constraint_name
from framework.sql.migrations.operations.renames import escaped, qualified, quoted
from framework.sql.migrations.operations.table_operation import TableOperation, operation

TAG = "$dspex_keep$"


@operation("keep_filled")
@dataclass(frozen=True)
class KeepFilledOp(TableOperation):
    """That a column gets the expression's value in each record that is written without one."""

    table_name: str
    column: str
    value: str
    schema: str | None = None
    place: int = 0

    def reverse(self) -> StopKeepingOp:
        """Without it again."""
        return StopKeepingOp(self.table_name, self.column, self.schema, self.place, self)

    @property
    def body(self) -> str:
        """What is done to a record, in PL/pgSQL; within the expression the table's name means the record."""
        column, table = quoted(self.column), quoted(self.table_name)
        value = self.value.replace(f"{self.qualified}.", f"{table}.")
        return f"IF NEW.{column} IS NULL THEN NEW.{column} := (SELECT {value} FROM (SELECT NEW.*) AS {table}); END IF;"  # noqa: S608


@operation("mirror_column")
@dataclass(frozen=True)
class MirrorColumnOp(TableOperation):
    """That two columns hold the same: what was written to either is in both."""

    table_name: str
    old: str
    column: str
    schema: str | None = None
    place: int = 0

    def reverse(self) -> StopKeepingOp:
        """Without it again."""
        return StopKeepingOp(self.table_name, self.column, self.schema, self.place, self)

    @property
    def body(self) -> str:
        """What is done to a record, in PL/pgSQL; who writes both means the new one."""
        old, new = quoted(self.old), quoted(self.column)
        to_new, to_old = f"NEW.{new} := NEW.{old};", f"NEW.{old} := NEW.{new};"
        return (
            f"IF TG_OP = 'INSERT' THEN IF NEW.{new} IS NULL THEN {to_new} ELSE {to_old} END IF;"
            f" ELSIF NEW.{new} IS DISTINCT FROM OLD.{new} THEN {to_old}"
            f" ELSIF NEW.{old} IS DISTINCT FROM OLD.{old} THEN {to_new} END IF;"
        )


@operation("stop_keeping")
@dataclass(frozen=True)
class StopKeepingOp(TableOperation):
    """That a column is no longer kept; `kept` is how it was."""

    table_name: str
    column: str
    schema: str | None = None
    place: int = 0
    kept: KeepFilledOp | MirrorColumnOp | None = field(default=None, repr=False)

    def reverse(self) -> KeepFilledOp | MirrorColumnOp:
        """With it again."""
        assert self.kept is not None
        return self.kept


@Operations.implementation_for(KeepFilledOp)
@Operations.implementation_for(MirrorColumnOp)
def keep(operations: Operations, step: KeepFilledOp | MirrorColumnOp) -> None:
    """Makes function and trigger, or makes them anew."""
    trigger = f"TRIGGER {quoted(kept_name(step))} BEFORE INSERT OR UPDATE"
    function, table = qualified(step.schema, kept_name(step)), step.qualified
    body = f"{TAG} BEGIN {step.body} RETURN NEW; END {TAG}"
    for statement in (
        f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS {body}",
        f"CREATE OR REPLACE {trigger} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()",
    ):
        operations.execute(sa.text(escaped(statement)))


@Operations.implementation_for(StopKeepingOp)
def stop(operations: Operations, step: StopKeepingOp) -> None:
    """Drops trigger and function."""
    name, table = kept_name(step), step.qualified
    operations.execute(sa.text(escaped(f"DROP TRIGGER IF EXISTS {quoted(name)} ON {table}")))
    operations.execute(sa.text(escaped(f"DROP FUNCTION IF EXISTS {qualified(step.schema, name)}()")))


def kept_name(step: KeepFilledOp | MirrorColumnOp | StopKeepingOp) -> str:
    """The trigger and its function, of which PostgreSQL carries out those of a table by their names."""
    return constraint_name("dspex_keep", f"{step.place:03}", step.table_name, step.column)
