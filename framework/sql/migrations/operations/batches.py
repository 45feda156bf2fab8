"""Records filled in batches, each a short transaction, where one statement would lock all of them until it ends.

`op.fill_in_batches("invoices", "gross", "net + coalesce(tax, 0)")` gives a value to the records that have none. In an
online step it goes through the table by its key; otherwise it is one statement, in the transaction of the step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import renderers
from alembic.operations import MigrateOperation, Operations
from alembic.runtime.migration import MigrationContext

from framework.errors import Invalid
from framework.sql.migrations.operations.patience import is_online
from framework.sql.migrations.operations.renames import escaped, qualified, quoted, table_key

SIZE, LEAST = 10_000, 100
# Who writes to a record of the batch waits until it is written, so it is to be soon.
BATCH_SECONDS = 0.03
TAG = "$dspex_fill$"


@Operations.register_operation("fill_in_batches")
@dataclass(frozen=True)
class FillInBatchesOp(MigrateOperation):
    """That a column has the expression's value wherever it has none; `size` is the most records of one batch."""

    table: str
    column: str
    value: str
    size: int = SIZE
    schema: str | None = None

    @classmethod
    def fill_in_batches(  # noqa: PLR0917 - an operation of Alembic's
        cls,
        operations: Operations,
        table: str,
        column: str,
        value: str,
        size: int = SIZE,
        schema: str | None = None,
    ) -> Any:
        """Fills what is NULL; what a run that was ended half way has filled stays as it is."""
        return operations.invoke(cls(table, column, value, size, schema))

    @property
    def update(self) -> str:
        """The statement, for all records at once."""
        column = quoted(self.column)
        table = qualified(self.schema, self.table)
        return f"UPDATE {table} SET {column} = {self.value} WHERE {table}.{column} IS NULL"  # noqa: S608 - the step's own


@Operations.implementation_for(FillInBatchesOp)
def fill(operations: Operations, step: FillInBatchesOp) -> None:
    """Fills; as a script of an online step it is a block that commits each batch."""
    context = operations.get_context()
    if not is_online(context):
        operations.execute(sa.text(escaped(step.update)))
    elif context.as_sql:
        operations.execute(sa.text(escaped(_block(step))))
    else:
        _walk(context, step, _key(operations.get_bind(), step))


@renderers.dispatch_for(FillInBatchesOp)
def render(_: AutogenContext, step: FillInBatchesOp) -> str:
    """The operation as a line of a step."""
    size = "" if step.size == SIZE else f", size={step.size}"
    schema = "" if step.schema is None else f", schema={step.schema!r}"
    return f"op.fill_in_batches({step.table!r}, {step.column!r}, {step.value!r}{size}{schema})"


def _walk(context: MigrationContext, step: FillInBatchesOp, key: Sequence[str]) -> None:
    """Batch after batch by the key, fewer records at a time where that takes long."""
    table, size, after = qualified(step.schema, step.table), min(1000, step.size), None
    connection = context.connection
    assert connection is not None
    while (last := connection.execute(_end(table, key, size, after), _named("after", after or ())).first()) is not None:
        began = monotonic()
        limits = [f"({', '.join(f'{table}.{part}' for part in key)}) <= ({_given('last', key)})"]
        if after is not None:
            limits.append(f"({', '.join(f'{table}.{part}' for part in key)}) > ({_given('after', key)})")
        statement = sa.text(escaped(step.update) + " AND " + " AND ".join(limits))
        context.impl._exec(statement, params=_named("last", last) | _named("after", after or ()))  # noqa: SLF001
        fits = size * BATCH_SECONDS / max(monotonic() - began, 0.001)
        size = max(min(LEAST, step.size), min(step.size, 2 * size, int(fits)))
        after = tuple(last)


def _end(table: str, key: Sequence[str], size: int, after: Sequence[Any] | None) -> sa.TextClause:
    """The key that the next batch ends with."""
    columns, down = ", ".join(key), ", ".join(f"{part} DESC" for part in key)
    where = "" if after is None else f" WHERE ({columns}) > ({_given('after', key)})"
    some = f"SELECT {columns} FROM {table}{where} ORDER BY {columns} LIMIT {size}"  # noqa: S608 - names alone
    return sa.text(f"SELECT {columns} FROM ({some}) AS batch ORDER BY {down} LIMIT 1")  # noqa: S608


def _given(name: str, key: Sequence[str]) -> str:
    return ", ".join(f":dspex_{name}_{number}" for number in range(len(key)))


def _named(name: str, values: Sequence[Any]) -> dict[str, Any]:
    return {f"dspex_{name}_{number}": value for number, value in enumerate(values)}


def _key(connection: sa.Connection, step: FillInBatchesOp) -> Sequence[str]:
    key = sa.inspect(connection).get_pk_constraint(step.table, step.schema)["constrained_columns"]
    if not key:
        table = table_key(step.table, step.schema)
        says = f"`{table}` has no primary key, so it cannot be gone through in batches"
        hint = "fill it by a statement of your own, or in a step that is not online"
        raise Invalid(says, code="no_key", path=(table,), hint=hint)
    return [quoted(part) for part in key]


def _block(step: FillInBatchesOp) -> str:
    """By the place of records, which a script knows without asking for the key; outside of any transaction."""
    table, column = qualified(step.schema, step.table), quoted(step.column)
    some = f"SELECT ctid FROM {table} WHERE {column} IS NULL AND ({step.value}) IS NOT NULL LIMIT {step.size}"  # noqa: S608
    again = f"{step.update} AND {table}.ctid = ANY (ARRAY({some}))"
    return f"DO {TAG} BEGIN LOOP {again}; EXIT WHEN NOT FOUND; COMMIT; END LOOP; END {TAG}"
