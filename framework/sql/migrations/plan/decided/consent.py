"""What would be lost by a revision, which nobody may lose who has not said so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from shlex import quote

import sqlalchemy as sa
from alembic.operations import ops

from framework.errors import Invalid, Issue
from framework.sql.migrations.operations.generated import is_generated
from framework.sql.migrations.operations.probes import ALL, RefuseRowsOp
from framework.sql.migrations.operations.renames import RenameOp, standing_places, table_key
from framework.sql.migrations.plan.decided.decisions import Decisions, column_of
from framework.sql.migrations.plan.decided.table_names import TableNames
from framework.sql.migrations.plan.decided.unmet_marks import UnmetMarks

Step = ops.MigrateOperation
LOST = "undecided_drop"


def losses(connection: sa.Connection, steps: Sequence[Step]) -> list[Loss]:
    """What the steps drop: tables, then columns."""
    return [*_tables(connection, steps), *sorted(_columns(connection, steps), key=lambda loss: loss.name)]


def refuse_losses(
    lost: Sequence[Loss],
    decisions: Decisions,
    *,
    marked: Sequence[str],
    names: TableNames,
    unmet: UnmetMarks,
    questions: Sequence[Issue] = (),
) -> None:
    """Raises Invalid for every table and column that would be dropped and of which that was not said.

    It is said by a decision, or by a mark in the declarations. Raises too for a decision that names nothing that would
    be dropped, or several things; a mark may stay, and is told of where it may mean what is lost. `names` are those of
    all tables there are, `unmet` the marks of other kinds that name nothing, `questions` those of other kinds.
    """
    meant = {said: _named(said, lost, names) for said in (*decisions.drops, *marked)}
    allowed = {name for found in meant.values() for name in found}
    idle = [said for said in marked if not meant[said]]
    strange = [said for said in decisions.drops if not _named(said, lost, names)]
    if strange:
        raise _unknown(strange[0], [loss.name for loss in lost], names)
    if issues := [*(_issue(loss, idle, unmet) for loss in lost if loss.name not in allowed), *questions]:
        raise Invalid.of(issues)


def unfilled(connection: sa.Connection, steps: Sequence[Step]) -> Iterator[str]:
    """The looks that stop at any record, where this database has some, in words."""
    renamed = standing_places(step.rename for step in steps if isinstance(step, RenameOp))
    for step in steps:
        if isinstance(step, RefuseRowsOp) and step.where == ALL:
            schema, name = renamed.get((step.schema, step.table_name), (step.schema, step.table_name))
            rows = _count(connection, sa.table(name, schema=schema), sa.func.count())
            if rows:
                yield f"the step stops: {_records(rows)} of `{step.key}` {step.says}; {step.hint}"


@dataclass(frozen=True, slots=True)
class Loss:
    """What a step drops: `items` or `items.note`, how many records hold something there, and what it could be now.

    `column` is None where a whole table goes.
    """

    table: str
    column: str | None
    rows: int
    alike: Sequence[str]

    def __str__(self) -> str:
        return f"`{self.name}` is dropped, and with it what {self.held} of this database had there"

    @property
    def name(self) -> str:
        """How it is spoken of."""
        return self.table if self.column is None else f"{self.table}.{self.column}"

    @property
    def held(self) -> str:
        """How many records, in words."""
        return _records(self.rows)


def _unknown(said: str, lost: Sequence[str], names: TableNames) -> Invalid:
    resource = said.rpartition(".")[0]
    several = next((found for name in (said, resource) if len(found := names.all(name)) > 1), ())
    says = f"--drop {said}: nothing of that name would be dropped"
    hint = f"there is {', '.join(f'--drop {quote(each)}' for each in lost)}" if lost else "there is nothing to drop"
    if several:
        says, hint = f"--drop {said}: several tables are called so, {', '.join(several)}", "say it with the schema"
    return Invalid(says, code="unknown_drop", path=("drop",), params={"names": [*lost]}, hint=hint)


def _named(said: str, lost: Sequence[Loss], names: TableNames) -> list[str]:
    """What is meant: a table, or a column by its own name, or else the key of a link. No bare name means a column."""
    if (table := names.one(said, [loss.table for loss in lost if loss.column is None])) is not None:
        return [table]
    resource, _, part = said.rpartition(".")
    columns = [loss for loss in lost if loss.column is not None]
    table = names.one(resource, [loss.table for loss in columns])
    here = {loss.name: str(loss.column) for loss in columns if loss.table == table}
    meant = column_of(part, here.values())
    return [name for name, column in here.items() if column == meant]


def _tables(connection: sa.Connection, steps: Sequence[Step]) -> Iterator[Loss]:
    created = [step for step in steps if isinstance(step, ops.CreateTableOp)]
    for step in steps:
        if isinstance(step, ops.DropTableOp):
            name = table_key(step.table_name, step.schema)
            alike = [f"{name}={table_key(each.table_name, each.schema)}" for each in created if _alike(step, each)]
            standing = sa.table(step.table_name, schema=step.schema)
            yield Loss(name, None, _count(connection, standing, sa.func.count()), alike)


def _columns(connection: sa.Connection, steps: Sequence[Step]) -> Iterator[Loss]:
    """Counted under the names that stand: the renames of the revision are not carried out yet."""
    renamed = standing_places(step.rename for step in steps if isinstance(step, RenameOp))
    added = [step for step in steps if isinstance(step, ops.AddColumnOp)]
    for step in steps:
        if isinstance(step, ops.DropColumnOp) and not is_generated(step):
            at, column = (step.schema, step.table_name), step.column_name
            table, kind = table_key(step.table_name, step.schema), str(step.to_column().type)
            here = [each.column for each in added if (each.schema, each.table_name) == at]
            alike = [f"{table}.{column}={each.name}" for each in here if str(each.type) == kind]
            schema, name = renamed.get(at, at)
            standing = sa.table(name, schema=schema)
            yield Loss(table, column, _count(connection, standing, sa.func.count(sa.column(column))), alike)


def _records(rows: int) -> str:
    return "1 record" if rows == 1 else f"{rows} records"


def _alike(gone: ops.DropTableOp, come: ops.CreateTableOp) -> bool:
    """Whether one could be the other under a new name: most of its columns are there."""
    before, after = ({str(column.name) for column in table.to_table().columns} for table in (gone, come))
    return 2 * len(before & after) > len(before)


def _count(connection: sa.Connection, table: sa.TableClause, counted: sa.ColumnElement[int]) -> int:
    return connection.execute(sa.select(counted).select_from(table)).scalar_one()


def _issue(loss: Loss, idle: Sequence[str], unmet: UnmetMarks) -> Issue:
    name, told = loss.name, unmet.told(loss.table, loss.column, idle)
    ways = [f"--rename {quote(each)}" for each in loss.alike] or [f"--rename {quote(name)}=…"]
    return Issue(
        LOST,
        f"`{name}` is no longer declared, and dropping it loses what {loss.held} of this database hold",
        path=("drop", name),
        params={"name": name, "rows": loss.rows, "renames": [*loss.alike]},
        hint=f"say {' or '.join(ways)} if it has another name now, or --drop {quote(name)} if it is to go{told}",
    )
