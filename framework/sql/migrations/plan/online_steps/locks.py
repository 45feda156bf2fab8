"""Which locks a step takes, on which tables, and who waits for them (PostgreSQL's documentation, 13.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from alembic.operations import ops

from framework.sql.migrations.operations.adoption import AdoptOp
from framework.sql.migrations.operations.batches import FillInBatchesOp
from framework.sql.migrations.operations.counting import CountOp
from framework.sql.migrations.operations.exclusions import AlterAction, ExclusionOp
from framework.sql.migrations.operations.generated import GeneratedChange, GeneratedOp
from framework.sql.migrations.operations.keeping import KeepFilledOp, MirrorColumnOp, StopKeepingOp
from framework.sql.migrations.operations.members import MembersOp
from framework.sql.migrations.operations.probes import RefuseRowsOp
from framework.sql.migrations.operations.renames import RenameOp, Thing, table_key
from framework.sql.migrations.operations.require import RequireOp
from framework.sql.migrations.operations.retyping import LockTableOp, RetypeOp
from framework.sql.migrations.operations.tenant_walls import TenantWallOp
from framework.sql.migrations.operations.validating import UniqueByIndexOp, ValidateConstraintOp
from framework.sql.migrations.plan.online_steps.online import is_volatile

Step = ops.MigrateOperation


class Mode(StrEnum):
    """A lock on a table, as PostgreSQL calls it."""

    ACCESS_SHARE = "ACCESS SHARE"
    ROW_SHARE = "ROW SHARE"
    ROW_EXCLUSIVE = "ROW EXCLUSIVE"
    SHARE_UPDATE_EXCLUSIVE = "SHARE UPDATE EXCLUSIVE"
    SHARE = "SHARE"
    SHARE_ROW_EXCLUSIVE = "SHARE ROW EXCLUSIVE"
    ACCESS_EXCLUSIVE = "ACCESS EXCLUSIVE"


SHORT = "short"
NOBODY = "nobody waits"
WRITES, ALL = "writes wait", "reads and writes wait"
SAME_RECORDS = "writes to the same records wait"


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock that an operation takes: `lasts` says how long it is held, `who` waits for it meanwhile."""

    operation: str
    table: str
    mode: Mode
    lasts: str = SHORT
    who: str = ALL

    def __str__(self) -> str:
        return f"{self.operation}: {self.mode} on {self.table}, {self.lasts}: {self.who}"


@dataclass(frozen=True, slots=True)
class _Locks:
    """The locks of one operation."""

    operation: str

    def one(self, table: str, mode: Mode, lasts: str = SHORT, who: str = ALL) -> Lock:
        return Lock(self.operation, table, mode, lasts, who)


def locks_of(steps: Sequence[Step], *, links: Mapping[tuple[str, str], str] | None = None) -> Iterator[Lock]:
    """Those of all operations, in order. `links` has the referenced table of a link, by table and constraint.

    Nobody waits for a table that is made in the same step.
    """
    known, made = dict(links or {}), set[str]()
    for step in steps:
        if isinstance(step, ops.CreateForeignKeyOp):
            source = table_key(step.source_table, step.kw.get("source_schema"))
            known[source, str(step.constraint_name)] = table_key(step.referent_table, step.kw.get("referent_schema"))
        yield from (lock for lock in _of(step, known) if lock.table not in made)
        if isinstance(step, ops.CreateTableOp):
            made.add(table_key(step.table_name, step.schema))


def _of(step: Step, links: Mapping[tuple[str, str], str]) -> Iterator[Lock]:
    match step:
        case ops.CreateTableOp() | ops.DropTableOp():
            yield from _of_table(step)
        case ops.AddColumnOp() | ops.DropColumnOp() | ops.AlterColumnOp() | RequireOp() | FillInBatchesOp():
            yield from _of_column(step)
        case ops.CreateIndexOp() | ops.DropIndexOp():
            yield from _of_index(step)
        case RenameOp():
            yield from _of_rename(step)
        case ops.ExecuteSQLOp():
            yield from _of_statement(step)
        case RefuseRowsOp():
            yield Lock("refuse_rows", step.key, Mode.ACCESS_SHARE, "while it is read", NOBODY)
        case KeepFilledOp() | MirrorColumnOp():
            yield Lock("keep", step.key, Mode.SHARE_ROW_EXCLUSIVE, SHORT, WRITES)
        case AdoptOp():
            # Where the tables do not stand they are new, and nobody waits for what nobody uses.
            yield from locks_of(step.there, links=links)
        case StopKeepingOp():
            yield Lock("stop_keeping", step.key, Mode.ACCESS_EXCLUSIVE)
        case _:
            yield from _of_rule(step, links)


def _of_table(step: ops.CreateTableOp | ops.DropTableOp) -> Iterator[Lock]:
    table = table_key(step.table_name, step.schema)
    if isinstance(step, ops.CreateTableOp):
        locks = _Locks("create_table")
        yield locks.one(table, Mode.ACCESS_EXCLUSIVE, "new", NOBODY)
        for other in _referenced(step.columns) - {table}:
            yield locks.one(other, Mode.SHARE_ROW_EXCLUSIVE, SHORT, WRITES)
        return
    locks = _Locks("drop_table")
    yield locks.one(table, Mode.ACCESS_EXCLUSIVE)
    made = step._reverse  # noqa: SLF001 - what is made on the way back
    for other in _referenced([] if made is None else made.columns) - {table}:
        yield locks.one(other, Mode.ACCESS_EXCLUSIVE)


def _of_column(
    step: ops.AddColumnOp | ops.DropColumnOp | ops.AlterColumnOp | RequireOp | FillInBatchesOp,
) -> Iterator[Lock]:
    exclusive = Mode.ACCESS_EXCLUSIVE
    match step:
        case RequireOp():
            locks, table = _Locks("require"), step.key
            yield locks.one(table, exclusive)
            yield locks.one(table, Mode.SHARE_UPDATE_EXCLUSIVE, "while it is read", NOBODY)
        case FillInBatchesOp():
            lasts = "its records until they are written"
            yield Lock("fill_in_batches", step.key, Mode.ROW_EXCLUSIVE, lasts, SAME_RECORDS)
        case ops.AddColumnOp():
            lasts = "while it is written anew" if is_volatile(step.column) else SHORT
            yield Lock("add_column", table_key(step.table_name, step.schema), exclusive, lasts)
        case ops.AlterColumnOp():
            lasts = "while it is read" if step.modify_nullable is False else SHORT
            yield Lock("alter_column", table_key(step.table_name, step.schema), exclusive, lasts)
        case _:
            yield Lock("drop_column", table_key(step.table_name, step.schema), exclusive)


def _of_index(step: ops.CreateIndexOp | ops.DropIndexOp) -> Iterator[Lock]:
    table = table_key(str(step.table_name), step.schema)
    calm = bool(step.kw.get("postgresql_concurrently"))
    match step:
        case ops.CreateIndexOp() if calm:
            yield Lock("create_index", table, Mode.SHARE_UPDATE_EXCLUSIVE, "while it is built", NOBODY)
        case ops.CreateIndexOp():
            yield Lock("create_index", table, Mode.SHARE, "while it is built", WRITES)
        case _ if calm:
            yield Lock("drop_index", table, Mode.SHARE_UPDATE_EXCLUSIVE, SHORT, NOBODY)
        case _:
            yield Lock("drop_index", table, Mode.ACCESS_EXCLUSIVE)


def _of_rule(step: Step, links: Mapping[tuple[str, str], str]) -> Iterator[Lock]:
    exclusive = Mode.ACCESS_EXCLUSIVE
    match step:
        case ops.CreateForeignKeyOp():
            lasts = SHORT if step.kw.get("postgresql_not_valid") else "while both are read"
            for schema, table in (("source_schema", step.source_table), ("referent_schema", step.referent_table)):
                key = table_key(table, step.kw.get(schema))
                yield Lock("create_foreign_key", key, Mode.SHARE_ROW_EXCLUSIVE, lasts, WRITES)
        case ops.CreateUniqueConstraintOp() | ops.CreatePrimaryKeyOp():
            key = table_key(step.table_name, step.schema)
            kind = "primary_key" if isinstance(step, ops.CreatePrimaryKeyOp) else "unique_constraint"
            yield Lock(f"create_{kind}", key, exclusive, "while its index is built")
        case ops.AddConstraintOp():
            made = step.to_constraint().table
            lasts = SHORT if getattr(step, "kw", {}).get("postgresql_not_valid") else "while it is read"
            yield Lock("create_check_constraint", table_key(made.name, made.schema), exclusive, lasts)
        case UniqueByIndexOp():
            yield Lock("unique_by_index", step.key, exclusive)
        case ValidateConstraintOp():
            locks, table = _Locks("validate_constraint"), step.key
            yield locks.one(table, Mode.SHARE_UPDATE_EXCLUSIVE, "while it is read", NOBODY)
            if (other := links.get((table, step.name))) is not None:
                yield locks.one(other, Mode.ROW_SHARE, "while it is read", NOBODY)
        case ops.DropConstraintOp():
            locks, table = _Locks("drop_constraint"), table_key(step.table_name, step.schema)
            yield locks.one(table, exclusive)
            back = step._reverse  # noqa: SLF001 - what is made on the way back
            if isinstance(back, ops.CreateForeignKeyOp):
                yield locks.one(table_key(back.referent_table, back.kw.get("referent_schema")), exclusive)


def _of_rename(step: RenameOp) -> Iterator[Lock]:
    rename = step.rename
    mode = Mode.SHARE_UPDATE_EXCLUSIVE if rename.thing is Thing.INDEX else Mode.ACCESS_EXCLUSIVE
    named = rename.table if rename.thing in (Thing.COLUMN, Thing.CONSTRAINT) else rename.old
    schema, named = (rename.schema, named) if rename.ends is None else rename.ends[0]
    who = NOBODY if rename.thing is Thing.INDEX else ALL
    yield Lock(f"rename {rename.thing.lower()}", table_key(named, schema), mode, SHORT, who)


def _of_statement(step: ops.ExecuteSQLOp) -> Iterator[Lock]:
    """Of those that are told from others; of SQL written by hand nothing is known."""
    match step:
        case ExclusionOp(action=action, excluded=rule):
            lasts = "while its index is built" if action is AlterAction.ADD else SHORT
            yield Lock("exclusion", table_key(rule.table, rule.schema), Mode.ACCESS_EXCLUSIVE, lasts)
        case GeneratedOp(change=change, column=column):
            lasts = "while it is written anew" if change in (GeneratedChange.COME, GeneratedChange.BEGIN) else SHORT
            yield Lock("generated column", table_key(column.table, column.schema), Mode.ACCESS_EXCLUSIVE, lasts)
        case MembersOp(change=change):
            lasts = "its records until they are written"
            yield Lock("members", table_key(change.table, change.schema), Mode.ROW_EXCLUSIVE, lasts, SAME_RECORDS)
        case TenantWallOp():
            yield Lock("row-level security", table_key(step.table_name, step.schema), Mode.ACCESS_EXCLUSIVE)
        case CountOp():
            yield Lock("identity", step.key, Mode.ACCESS_EXCLUSIVE)
        case LockTableOp():
            yield Lock("lock_table", step.key, Mode.ACCESS_EXCLUSIVE, "until the step ends")
        case RetypeOp():
            yield Lock("change of type", step.key, Mode.ACCESS_EXCLUSIVE, "while it is written anew")


def _referenced(parts: Sequence[object]) -> set[str]:
    keys = [part for part in parts if isinstance(part, sa.ForeignKeyConstraint)]
    return {key.elements[0].target_fullname.rpartition(".")[0] for key in keys}
