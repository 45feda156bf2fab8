"""A look at the records before a step makes a rule that some of them may break.

`op.refuse_rows("items", "note IS NULL", "…")` is known to every step that runs here. It stops the run before anything
is locked for long, and tells how many records are in the way and which, where PostgreSQL would tell of one or none.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext

from framework.errors import Invalid
from framework.sql.migrations.operations.lock_policy import COMMITTED, is_online
from framework.sql.migrations.operations.renames import block, escaped, literal, quoted
from framework.sql.migrations.operations.table_operation import TableOperation, operation

SAMPLE = 5
# That a look refuses whatever record there is.
ALL = "TRUE"
MEND = "mend these records first, by hand or in a step of their own before this one (dspex revision --empty)"


@operation("refuse_rows")
@dataclass(frozen=True)
class RefuseRowsOp(TableOperation):
    """That no record of a table satisfies a condition; `says` tells what it is then, and `hint` the ways out."""

    table_name: str
    where: str
    says: str
    schema: str | None = None
    hint: str = MEND


@Operations.implementation_for(RefuseRowsOp)
def look(operations: Operations, step: RefuseRowsOp) -> None:
    """Counts the records, and refuses to go on if there are any; as a script it is a block that raises."""
    context = operations.get_context()
    if context.as_sql:
        says = literal(f"{step.key}: {step.says}".replace("%", "%%"))
        exists = f"EXISTS (SELECT 1 FROM {step.qualified} WHERE {step.where})"  # noqa: S608 - the step's own words
        raised = block(f"IF {exists} THEN RAISE EXCEPTION {says}; END IF;")
        operations.execute(sa.text(escaped(raised)))
        return
    connection = operations.get_bind()
    found = sa.table(step.table_name, schema=step.schema)
    condition = sa.text(escaped(step.where))
    count = connection.execute(sa.select(sa.func.count()).select_from(found).where(condition)).scalar_one()
    if count:
        key = _key_of(connection, step)
        keys = sa.select(sa.literal_column(key, sa.Text())).select_from(found).where(condition)
        sample = connection.execute(keys.order_by(sa.text("1")).limit(SAMPLE)).scalars()
        raise _in_the_way(step, count, key, [str(value) for value in sample], left=_left(context))


def _left(context: MigrationContext) -> str:
    if is_online(context):
        return "the same again goes on from here when they are; "
    changed = (
        "nothing was changed since the run last committed" if context.opts.get(COMMITTED) else "nothing was changed"
    )
    return f"{changed}; "


def _key_of(connection: sa.Connection, step: RefuseRowsOp) -> str:
    """The primary key, or the place of the record where there is none or it is of several columns."""
    key = sa.inspect(connection).get_pk_constraint(step.table_name, step.schema)["constrained_columns"]
    return quoted(key[0]) if len(key) == 1 else "ctid"


def _in_the_way(step: RefuseRowsOp, count: int, key: str, sample: list[str], *, left: str) -> Invalid:
    table = step.key
    shown = ", ".join(sample) + (", …" if count > len(sample) else "")
    return Invalid(
        f"{count} {'record' if count == 1 else 'records'} of `{table}` {step.says}: {key} {shown}",
        code="rows_in_the_way",
        path=(table,),
        params={"table": table, "rows": count, "sample": sample},
        hint=left + step.hint,
    )
