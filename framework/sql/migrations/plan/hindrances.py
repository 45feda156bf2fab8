"""What has no online way: PostgreSQL writes the table or an index anew under a lock, or it cannot be done twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from alembic.operations import ops

from framework.errors import Invalid
from framework.sql.migrations.operations.counting import CountOp
from framework.sql.migrations.operations.exclusions import AlterAction, ExclusionOp
from framework.sql.migrations.operations.generated import GeneratedChange, GeneratedOp
from framework.sql.migrations.operations.renames import BETWEEN, RenameOp, Thing, table_key
from framework.sql.migrations.operations.retyping import RetypeOp

Step = ops.MigrateOperation
OWN_STEP = "do it in a step of its own, so that the rest can be online, and migrate when nobody writes"
NEW_NAME = "declare it under a new name with backfill=, and drop the old one in a later step; or " + OWN_STEP
READ = "work it out as it is read, without stored=True; or " + OWN_STEP


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Why a step cannot be online: where, what is done there, and the ways out.

    `grows` says that it takes the longer the more records there are.
    """

    table: str
    name: str
    says: str
    hint: str = OWN_STEP
    grows: bool = True

    def refused(self, word: str) -> Invalid:
        """That what was asked for cannot be."""
        return Invalid(
            f"{word}: {self.says}", code="no_online_way", path=(self.name,), hint=f"leave out {word}; {self.hint}"
        )


def hindrances(steps: Sequence[Step]) -> Iterator[Hindrance]:
    """What is in the way of having these steps online, in order."""
    made = {table_key(step.table_name, step.schema) for step in steps if isinstance(step, ops.CreateTableOp)}
    yield from retypings(steps)
    for step in steps:
        match step:
            case RenameOp(rename=rename) if rename.new == BETWEEN:
                table = rename.old if rename.thing is Thing.TABLE else rename.table
                table = table_key(table, rename.schema)
                says = "exchange their names, which is done in one transaction"
                says = f"{'tables' if rename.thing is Thing.TABLE else f'columns of `{table}`'} {says}"
                yield Hindrance(table, table, says, grows=False)
            case GeneratedOp(change=GeneratedChange.END, column=column):
                table = table_key(column.table, column.schema)
                says = f"`{table}.{column.name}` is worked out no longer, which is done in one transaction"
                yield Hindrance(table, f"{table}.{column.name}", says, grows=False)
            case GeneratedOp(column=column):
                table = table_key(column.table, column.schema)
                yield _calculation(table, column.name, "is worked out otherwise")
            case ops.AddColumnOp() if step.column.computed is not None:
                yield _calculation(table_key(step.table_name, step.schema), step.column.name, "comes to be stored")
            case ops.AddColumnOp() if step.column.identity is not None:
                table = table_key(step.table_name, step.schema)
                says = (
                    f"`{table}.{step.column.name}` numbers the records, and PostgreSQL writes the table anew for that"
                )
                yield Hindrance(table, f"{table}.{step.column.name}", f"{says}, under a lock")
            case CountOp(action=AlterAction.ADD):
                yield counting(step)
            case ops.CreatePrimaryKeyOp():
                yield rekeying(step)
            case ExclusionOp(action=AlterAction.ADD, excluded=rule) if (
                table := table_key(rule.table, rule.schema)
            ) not in made:
                says = f"the exclusion `{rule.name}` locks `{table}` while PostgreSQL builds its index"
                yield Hindrance(table, f"{table}.{rule.name}", says)


def retypings(steps: Sequence[Step]) -> Iterator[Hindrance]:
    """The columns whose type changes."""
    for step in steps:
        if isinstance(step, RetypeOp):
            yield retyping(step.key, step.column)


def counting(step: CountOp) -> Hindrance:
    """A column that comes to number the records."""
    name = f"{step.key}.{step.column}"
    says = f"`{name}` comes to number the records, from behind those that stand, which is done in one transaction"
    return Hindrance(step.key, name, says, grows=False)


def rekeying(step: ops.CreatePrimaryKeyOp) -> Hindrance:
    """A table that gets another primary key."""
    table = table_key(step.table_name, step.schema)
    return Hindrance(
        table, table, f"the primary key of `{table}` is another one, and PostgreSQL builds it under a lock"
    )


def retyping(table: str, column: str) -> Hindrance:
    """A column whose type changes."""
    name = f"{table}.{column}"
    says = f"the type of `{name}` changes, and PostgreSQL writes the table anew for that, under a lock"
    return Hindrance(table, name, says, NEW_NAME)


def _calculation(table: str, column: str, turn: str) -> Hindrance:
    says = (
        f"the stored calculation `{table}.{column}` {turn}, and PostgreSQL writes the table anew for that, under a lock"
    )
    return Hindrance(table, f"{table}.{column}", says, READ)
