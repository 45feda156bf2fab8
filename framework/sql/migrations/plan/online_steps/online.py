"""A revision for tables that are big: nothing in it locks a table for as long as it is read, filled or indexed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa
from alembic.operations import ops

from framework.sql.migrations.operations.batches import FillInBatchesOp
from framework.sql.migrations.operations.counting import CountOp
from framework.sql.migrations.operations.exclusions import AlterAction, ExclusionOp
from framework.sql.migrations.operations.last_renames import LastRenamesOp
from framework.sql.migrations.operations.renames import (
    RENAMING,
    RenameOp,
    Thing,
    block,
    escaped,
    literal,
    place_of,
    qualified,
    quoted,
    standing_places,
    table_key,
)
from framework.sql.migrations.operations.require import RequireOp
from framework.sql.migrations.operations.validating import ValidateConstraintOp
from framework.sql.migrations.plan.hindrances import Hindrance, hindrances
from framework.sql.migrations.plan.online_steps.replacing import (
    CONCURRENTLY,
    as_index,
    by_index,
    replaced,
    until_renames,
)

Step = ops.MigrateOperation
NOT_VALID = {"postgresql_not_valid": True}
# Functions of PostgreSQL that give another value each time, as far as defaults of ours have any.
VOLATILE = re.compile(r"\b(?:gen_random_uuid|uuidv\d|random|clock_timestamp|nextval)\(")
IS_PARTITIONED = sa.text("SELECT pg_get_partkeydef(to_regclass(:table)) IS NOT NULL")
IS_NAMED = {
    Thing.COLUMN: "SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass({0}) AND attname = {1}",
    Thing.CONSTRAINT: "SELECT 1 FROM pg_constraint WHERE conrelid = to_regclass({0}) AND conname = {1}",
}


def big_tables(connection: sa.Connection, steps: Sequence[Step], rows: int) -> Mapping[str, int]:
    """The tables with more records than that in which something takes the longer the more there are; and how many."""
    was = standing_places(step.rename for step in steps if isinstance(step, RenameOp))
    found: dict[str, int] = {}
    hindered = {place_of(each.table) for each in hindrances(steps) if each.grows}
    growing = {_at(step) for step in steps if _grows(step)} | hindered
    for schema, table in sorted(growing - _made(steps), key=str):
        before, name = was.get((schema, table), (schema, table))
        named = sa.table(name, schema=before)
        # A step of another domain may make it before this one.
        if not sa.inspect(connection).has_table(name, before):
            continue
        some = sa.select(sa.literal(1)).select_from(named).limit(rows + 1).subquery()
        count = connection.scalar(sa.select(sa.func.count()).select_from(some)) or 0
        if count > rows:
            found[table_key(table, schema)] = count
    return found


def partitioned(connection: sa.Connection, steps: Sequence[Step]) -> Iterator[Hindrance]:
    """That a table is partitioned, in which PostgreSQL builds no index and looks at no rule beside those who write."""
    was = standing_places(step.rename for step in steps if isinstance(step, RenameOp))
    about = {_at(step) for step in steps if _grows(step) or isinstance(step, ops.DropIndexOp)} - _made(steps)
    for schema, table in sorted(about, key=str):
        before, name = was.get((schema, table), (schema, table))
        if connection.scalar(IS_PARTITIONED, {"table": qualified(before, name)}):
            key = table_key(table, schema)
            says = f"`{key}` is partitioned, and PostgreSQL builds and looks at nothing of that beside those who write"
            yield Hindrance(key, key, says)


def online(steps: Sequence[Step]) -> Iterator[Step]:
    """The steps as operations that each lock shortly and can be carried out again."""
    return _again(replaced(steps), _unused(steps))


def online_back(steps: Sequence[Step]) -> Iterator[Step]:
    """The same of those that take a step back: when things have their names of before again, all of it is done."""
    there, renames = until_renames(replaced(steps))
    yield from _again(there, _unused(steps))
    if renames:
        yield LastRenamesOp([_unless_done(step) for step in renames if isinstance(step, RenameOp)])


def _again(steps: Sequence[Step], unused: set[tuple[str | None, str]]) -> Iterator[Step]:
    for step in steps:
        match step:
            case RenameOp():
                step.sqltext = escaped(_unless_done(step))
                yield step
            case ops.AddColumnOp():
                yield from _added(step)
            case ops.AlterColumnOp(modify_nullable=False):
                step.modify_nullable = None
                yield RequireOp(step.table_name, step.column_name, step.schema)
                if step.has_changes():
                    yield step
            case ops.AddConstraintOp() if _at(step) not in unused:
                yield from _upheld(step)
            case _:
                _made_again(step, unused)
                yield step


def _made_again(step: Step, unused: set[tuple[str | None, str]]) -> None:
    """Has it leave what is there, or not there, already; an index of a table that others use is made beside them."""
    match step:
        case ops.CreateIndexOp():
            step.if_not_exists = True
            step.kw.update({} if _at(step) in unused else CONCURRENTLY)
        case ops.DropIndexOp():
            step.if_exists = True
            step.kw.update({} if _at(step) in unused else CONCURRENTLY)
        case ops.CreateTableOp():
            step.if_not_exists = True
        case ops.DropTableOp() | ops.DropColumnOp() | ops.DropConstraintOp():
            step.if_exists = True
        case CountOp():
            step.sqltext = escaped(step.again)
        case ExclusionOp(action=action, excluded=rule):
            gone = f"DROP CONSTRAINT IF EXISTS {quoted(rule.name)}"
            made_so = f", ADD CONSTRAINT {quoted(rule.name)} {rule.definition}" if action is AlterAction.ADD else ""
            step.sqltext = escaped(f"ALTER TABLE {qualified(rule.schema, rule.table)} {gone}{made_so}")


def is_volatile(column: sa.Column[object]) -> bool:
    """Whether its value is another one for each record from the start, so that adding it writes the table anew."""
    default = column.server_default
    if column.identity is not None or column.computed is not None:
        return True
    return isinstance(default, sa.DefaultClause) and bool(VOLATILE.search(str(default.arg)))


def _added(step: ops.AddColumnOp) -> Iterator[Step]:
    """A new column; one whose values differ is filled afterwards, and new records are by the DEFAULT meanwhile."""
    column, default = step.column, step.column.server_default
    step.if_not_exists = True
    yield step
    if not isinstance(default, sa.DefaultClause) or column.identity is not None or not is_volatile(column):
        return
    required = not column.nullable
    column.server_default, column.nullable = None, True
    yield ops.AlterColumnOp(
        step.table_name, column.name, schema=step.schema, existing_type=column.type, modify_server_default=default
    )
    yield FillInBatchesOp(step.table_name, column.name, str(default.arg).replace("\\:", ":"), schema=step.schema)
    if required:
        yield RequireOp(step.table_name, column.name, step.schema)


def _upheld(step: ops.AddConstraintOp) -> Iterator[Step]:
    """A rule that holds from now on, and then is looked at for what stands."""
    match step:
        case ops.CreateUniqueConstraintOp():
            yield as_index(step, str(step.constraint_name))
            yield by_index(step)
        case ops.CreateCheckConstraintOp():
            step.kw.update(NOT_VALID)
            yield step
            yield ValidateConstraintOp(step.table_name, str(step.constraint_name), step.schema)
        case ops.CreateForeignKeyOp():
            step.kw.update(NOT_VALID)
            yield step
            yield ValidateConstraintOp(step.source_table, str(step.constraint_name), step.kw.get("source_schema"))
        case _:
            yield step


def _unless_done(step: RenameOp) -> str:
    """The rename, if the old name is still there."""
    rename, sql = step.rename, step.rename.sql
    if rename.thing not in IS_NAMED:
        kind = Thing.TABLE if rename.thing is Thing.SCHEMA else rename.thing
        return sql.replace(f"ALTER {kind} ", f"ALTER {kind} IF EXISTS ", 1)
    table = qualified(rename.schema, rename.table)
    there, done = (IS_NAMED[rename.thing].format(literal(table), literal(name)) for name in (rename.old, rename.new))
    asked = f"EXISTS ({there}) AND NOT EXISTS ({done})"
    return block(f"IF {asked} THEN {sql}; END IF;", RENAMING)


def _grows(step: Step) -> bool:
    """Whether it takes the longer the more records there are."""
    match step:
        case ops.AddColumnOp():
            return is_volatile(step.column)
        case ops.AlterColumnOp():
            return step.modify_nullable is False
        case ops.CreateUniqueConstraintOp() | ops.CreateCheckConstraintOp() | ops.CreateForeignKeyOp():
            return True
        case _:
            return isinstance(step, ops.CreateIndexOp | FillInBatchesOp)


def _at(step: Step) -> tuple[str | None, str]:
    if isinstance(step, ops.CreateForeignKeyOp):
        return step.kw.get("source_schema"), step.source_table
    return getattr(step, "schema", None), str(getattr(step, "table_name", ""))


def _unused(steps: Sequence[Step]) -> set[tuple[str | None, str]]:
    """The tables that nobody waits for, as they come or go with the steps."""
    return _made(steps) | {(step.schema, step.table_name) for step in steps if isinstance(step, ops.DropTableOp)}


def _made(steps: Sequence[Step]) -> set[tuple[str | None, str]]:
    return {(step.schema, step.table_name) for step in steps if isinstance(step, ops.CreateTableOp)}
