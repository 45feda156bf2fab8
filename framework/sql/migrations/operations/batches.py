"""Records filled in batches, each a short transaction, where one statement would lock all of them until it ends.

`op.fill_in_batches("invoices", "gross", "net + coalesce(tax, 0)")` gives a value to the records that have none. In an
online step it goes through the pages of the table, leaves what others hold, and waits for that in the end; otherwise it
is one statement, in the transaction of the step.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic

import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext

from framework.sql.migrations.operations.lock_policy import is_online, unflushed
from framework.sql.migrations.operations.probes import look
from framework.sql.migrations.operations.refused_fills import Fill
from framework.sql.migrations.operations.renames import block, escaped, quoted
from framework.sql.migrations.operations.table_operation import TableOperation, operation

SIZE, FIRST, LEAST = 10_000, 1000, 100
PAGES = 1024
# How each pass treats what others hold. They may go on writing records without the value, so passes have an end.
PASSES = ("SKIP LOCKED",) * 3 + ("",) * 3
# Who writes to a record of the batch waits until it is written, so it is to be soon.
BATCH_SECONDS = 0.015
# Of a table that is partitioned those of its largest partition: it has none itself, and a page is looked for in each.
PAGES_OF = sa.text("""SELECT greatest(pg_relation_size(to_regclass(:table)),
    (SELECT max(pg_relation_size(relid)) FROM pg_partition_tree(to_regclass(:table))))
    / CAST(current_setting('block_size') AS bigint)""")


@operation("fill_in_batches")
@dataclass(frozen=True)
class FillInBatchesOp(TableOperation):
    """That a column has the expression's value wherever it has none; `size` is the most records of one batch."""

    table_name: str
    column: str
    value: str
    size: int = SIZE
    schema: str | None = None

    @property
    def update(self) -> str:
        """The statement, for all records at once."""
        column = quoted(self.column)
        table = self.qualified
        return f"UPDATE {table} SET {column} = {self.value} WHERE {table}.{column} IS NULL"  # noqa: S608 - the step's own


@Operations.implementation_for(FillInBatchesOp)
def fill(operations: Operations, step: FillInBatchesOp) -> None:
    """Fills; as a script of an online step it is a block that commits each batch."""
    context = operations.get_context()
    if context.as_sql:
        operations.execute(sa.text(_block(step) if is_online(context) else escaped(step.update)))
        return
    connection = operations.get_bind()
    try:
        if is_online(context):
            _go_through(context, step)
        else:
            with connection.begin_nested():
                operations.execute(sa.text(escaped(step.update)))
    except sa.exc.IntegrityError as error:
        refused = Fill(step, step.column, step.value).refused_by(connection, error)
        if refused is not None:
            look(operations, refused)
        raise


@dataclass(slots=True)
class _Pace:
    """How much is taken at once: pages that are looked at, and records of them that are written."""

    most: int
    pages: int = 1
    records: int = FIRST

    def __post_init__(self) -> None:
        self.records = min(self.records, self.most)

    def learn(self, seconds: float, written: int) -> None:
        """Takes more next time where that was quick, at most twice as much, and less where it was not."""
        fits = min(2.0, BATCH_SECONDS / max(seconds, 0.001))
        self.pages = max(1, min(PAGES, int(self.pages * fits)))
        if written == self.records or fits < 1:
            self.records = max(min(LEAST, self.most), min(self.most, int(written * fits)))


def _go_through(context: MigrationContext, step: FillInBatchesOp) -> None:
    """Again and again, until no record is left."""
    connection = context.connection
    assert connection is not None
    some_left = sa.text(f"SELECT 1 FROM {_empty(step)} LIMIT 1")  # noqa: S608 - the step's own
    for held in PASSES:
        with unflushed(connection):
            _walk(context, step, sa.text(_batch(step, held)))
        if connection.scalar(some_left) is None:
            return


def _walk(context: MigrationContext, step: FillInBatchesOp, batch: sa.TextClause) -> None:
    """Batch after batch through the pages that the table has now."""
    connection = context.connection
    assert connection is not None
    end = connection.scalar(PAGES_OF, {"table": step.qualified}) or 0
    pace, page = _Pace(step.size), 0
    while page < end:
        some = {"dspex_from": f"({page},0)", "dspex_to": f"({page + pace.pages},0)", "dspex_most": pace.records}
        looked_at, most, began = pace.pages, pace.records, monotonic()
        done = context.impl._exec(batch, params=some)  # noqa: SLF001
        assert done is not None
        pace.learn(monotonic() - began, done.rowcount)
        page += 0 if done.rowcount == most else looked_at


def _batch(step: FillInBatchesOp, held: str) -> str:
    """The statement for some records of some pages."""
    places = "ctid >= CAST(:dspex_from AS tid) AND ctid < CAST(:dspex_to AS tid)"
    some = f"SELECT ctid FROM {_empty(step)} AND {places} LIMIT :dspex_most FOR NO KEY UPDATE {held}"  # noqa: S608
    return f"{escaped(step.update)} AND {escaped(step.qualified)}.ctid = ANY (ARRAY({some}))"


def _empty(step: FillInBatchesOp) -> str:
    """The records that have no value and for which there is one."""
    table = step.qualified
    return escaped(f"{table} WHERE {table}.{quoted(step.column)} IS NULL AND ({step.value}) IS NOT NULL")


def _block(step: FillInBatchesOp) -> str:
    """A script's, outside of any transaction."""
    some = f"SELECT ctid FROM {_empty(step)} LIMIT {step.size}"  # noqa: S608 - the step's own
    again = f"{escaped(step.update)} AND {escaped(step.qualified)}.ctid = ANY (ARRAY({some}))"
    return block(f"LOOP {again}; EXIT WHEN NOT FOUND; COMMIT; END LOOP;")
