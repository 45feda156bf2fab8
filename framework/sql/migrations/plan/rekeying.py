"""Another primary key: of a table that nothing leads to any more, or that is led to anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from alembic.operations import ops

from framework.errors import Invalid
from framework.sql.migrations.operations.counting import CountOp
from framework.sql.migrations.operations.exclusions import AlterAction
from framework.sql.migrations.operations.renames import table_key
from framework.sql.migrations.plan.hindrances import Hindrance, counting, rekeying

Step = ops.MigrateOperation


def rekeyings(steps: Sequence[Step]) -> Iterator[Hindrance]:
    """The tables that get another primary key, or one that comes to be counted."""
    for step in steps:
        match step:
            case ops.CreatePrimaryKeyOp():
                yield rekeying(step)
            case CountOp(action=AlterAction.ADD):
                yield counting(step)


def refuse_links_to_another_key(steps: Sequence[Step]) -> None:
    """Raises Invalid where a link that stands would lead to another column: what it holds is no value of that."""
    keys = {table_key(step.table_name, step.schema) for step in steps if isinstance(step, ops.CreatePrimaryKeyOp)}
    gone = {
        (table_key(step.table_name, step.schema), step.constraint_name)
        for step in steps
        if isinstance(step, ops.DropConstraintOp)
    }
    for step in steps:
        if isinstance(step, ops.CreateForeignKeyOp):
            source = table_key(step.source_table, step.kw.get("source_schema"))
            target = table_key(step.referent_table, step.kw.get("referent_schema"))
            if target in keys and (source, step.constraint_name) in gone:
                raise _led_to(target, f"{source}.{', '.join(step.local_cols)}")


def _led_to(table: str, link: str) -> Invalid:
    return Invalid(
        f"the primary key of `{table}` is another one, and `{link}` holds values of the one before",
        code="key_led_to",
        path=(table,),
        hint="keep the key, and give the other column an identity; or leave the link out of the declaration for this "
        "step, and declare one under a new name after it, filled in a step of its own (dspex revision --empty)",
    )
