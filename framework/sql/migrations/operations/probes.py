"""A look at the records before a step makes a rule that some of them may break.

`op.refuse_rows("items", "note IS NULL", "…")` is known to every step that runs here. It stops the run before anything
is locked for long, and tells how many records are in the way and which, where PostgreSQL would tell of one or none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import renderers
from alembic.operations import MigrateOperation, Operations

from framework.errors import Invalid
from framework.sql.migrations.operations.patience import is_online
from framework.sql.migrations.operations.renames import escaped, qualified, quoted, table_key

SAMPLE = 5
# What quotes the block, and stands in no rule.
TAG = "$dspex_look$"


@Operations.register_operation("refuse_rows")
@dataclass(frozen=True)
class RefuseRowsOp(MigrateOperation):
    """That no record of a table satisfies a condition; `says` tells what such a record is."""

    table: str
    where: str
    says: str
    schema: str | None = None

    @classmethod
    def refuse_rows(  # noqa: PLR0917 - an operation of Alembic's
        cls, operations: Operations, table: str, where: str, says: str, schema: str | None = None
    ) -> Any:
        """Raises Invalid with their number and the keys of some, if there are any."""
        return operations.invoke(cls(table, where, says, schema))


@Operations.implementation_for(RefuseRowsOp)
def look(operations: Operations, step: RefuseRowsOp) -> None:
    """Counts the records, and refuses to go on if there are any; as a script it is a block that raises."""
    context = operations.get_context()
    table = qualified(step.schema, step.table)
    if context.as_sql:
        says = f"{table_key(step.table, step.schema)}: {step.says}".replace("'", "''").replace("%", "%%")
        exists = f"EXISTS (SELECT 1 FROM {table} WHERE {step.where})"  # noqa: S608 - the step's own words
        operations.execute(sa.text(_block(f"IF {exists} THEN RAISE EXCEPTION '{says}'; END IF;")))
        return
    connection = operations.get_bind()
    found = sa.table(step.table, schema=step.schema)
    condition = sa.text(escaped(step.where))
    count = connection.execute(sa.select(sa.func.count()).select_from(found).where(condition)).scalar_one()
    if count:
        key = _key_of(connection, step)
        keys = sa.select(sa.literal_column(key, sa.Text())).select_from(found).where(condition)
        sample = connection.execute(keys.order_by(sa.text("1")).limit(SAMPLE)).scalars()
        left = "dspex migrate goes on from here when they are; " if is_online(context) else "nothing was changed; "
        raise _in_the_way(step, count, key, [str(value) for value in sample], left=left)


@renderers.dispatch_for(RefuseRowsOp)
def render(_: AutogenContext, step: RefuseRowsOp) -> str:
    """The operation as a line of a step."""
    schema = "" if step.schema is None else f", schema={step.schema!r}"
    return f"op.refuse_rows({step.table!r}, {step.where!r}, {step.says!r}{schema})"


def _block(text: str) -> str:
    return escaped(f"DO {TAG} BEGIN {text} END {TAG}")


def _key_of(connection: sa.Connection, step: RefuseRowsOp) -> str:
    """The primary key, or the place of the record where there is none or it is of several columns."""
    key = sa.inspect(connection).get_pk_constraint(step.table, step.schema)["constrained_columns"]
    return quoted(key[0]) if len(key) == 1 else "ctid"


def _in_the_way(step: RefuseRowsOp, count: int, key: str, sample: list[str], *, left: str) -> Invalid:
    table = table_key(step.table, step.schema)
    shown = ", ".join(sample) + (", …" if count > len(sample) else "")
    return Invalid(
        f"{count} {'record' if count == 1 else 'records'} of `{table}` {step.says}: {key} {shown}",
        code="rows_in_the_way",
        path=(table,),
        params={"table": table, "rows": count, "sample": sample},
        hint=f"{left}mend these records first, by hand or in a step of their own before this one "
        "(dspex revision --empty)",
    )
