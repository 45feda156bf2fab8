"""The locks that a step tells of are those that PostgreSQL takes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import MigrateOperation, Operations, ops

from framework.sql.engine import address
from framework.sql.migrations.operations.batches import FillInBatchesOp
from framework.sql.migrations.operations.lock_policy import LOCK_POLICY, ONLINE, USUAL
from framework.sql.migrations.operations.probes import RefuseRowsOp
from framework.sql.migrations.operations.renames import Rename, RenameOp, Thing
from framework.sql.migrations.operations.require import RequireOp
from framework.sql.migrations.operations.retyping import LockTableOp, RetypeOp
from framework.sql.migrations.operations.validating import UniqueByIndexOp, ValidateConstraintOp
from framework.sql.migrations.plan.online_steps.locks import NOBODY, Mode, locks_of
from framework.testing.until import until

TABLES = """
CREATE TABLE shelfs (id int PRIMARY KEY);
CREATE TABLE items (id int PRIMARY KEY, net int, shelf_id int, size int,
  CONSTRAINT fk FOREIGN KEY (shelf_id) REFERENCES shelfs, CONSTRAINT ck CHECK (net > 0), CONSTRAINT uq UNIQUE (net));
CREATE INDEX ix ON items (net);
CREATE UNIQUE INDEX made ON items (id, net);
ALTER TABLE items ADD CONSTRAINT new_fk FOREIGN KEY (net) REFERENCES shelfs NOT VALID;
ALTER TABLE items ADD CONSTRAINT new_ck CHECK (id > 0) NOT VALID;
INSERT INTO shelfs VALUES (5);
INSERT INTO items VALUES (1, 5, 5, 1);
CREATE TABLE before AS SELECT oid, relname FROM pg_class WHERE relname IN ('items', 'shelfs');
"""
TAKEN = sa.text(
    "SELECT coalesce(b.relname, c.relname), l.mode"
    # A table that was dropped has no name any more.
    " FROM pg_locks l LEFT JOIN before b ON b.oid = l.relation LEFT JOIN pg_class c ON c.oid = l.relation AND"
    " c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'"
    " WHERE l.pid = :pid AND l.locktype = 'relation' AND l.granted AND coalesce(b.relname, c.relname) <> 'before'"
)
WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")
COLUMN, KEY = sa.Column("more", sa.Integer), sa.ForeignKeyConstraint(["shelf_id"], ["shelfs.id"], name="fk2")
LINK = ops.CreateForeignKeyOp("fk", "items", "shelfs", ["shelf_id"], ["id"])
MADE = [sa.Column("id", sa.Integer), sa.Column("shelf_id", sa.Integer), KEY]
CALM: dict[str, Any] = {"postgresql_concurrently": True}
LATER: dict[str, Any] = {"postgresql_not_valid": True}
ORDINARY: dict[str, MigrateOperation] = {
    "create_table": ops.CreateTableOp("boxes", MADE),
    "drop_table": ops.DropTableOp("items", _reverse=ops.CreateTableOp("items", MADE)),
    "add_column": ops.AddColumnOp("items", COLUMN),
    "add_column uuid": ops.AddColumnOp("items", sa.Column("u", sa.Uuid(), server_default=sa.text("gen_random_uuid()"))),
    "drop_column": ops.DropColumnOp("items", "size"),
    "require": ops.AlterColumnOp("items", "net", modify_nullable=False),
    "drop default": ops.AlterColumnOp("items", "net", modify_server_default=None),
    "retype": RetypeOp("items", "size", kind="text", using="size::text", schema=None),
    "lock_table": LockTableOp("items", None),
    "create_index": ops.CreateIndexOp("ix2", "items", ["net"]),
    "drop_index": ops.DropIndexOp("ix", "items"),
    "check": ops.CreateCheckConstraintOp("ck2", "items", "net > 1"),
    "check later": ops.CreateCheckConstraintOp("ck2", "items", "net > 1", **LATER),
    "unique": ops.CreateUniqueConstraintOp("uq2", "items", ["net"]),
    "link": ops.CreateForeignKeyOp("fk2", "items", "shelfs", ["shelf_id"], ["id"]),
    "link later": ops.CreateForeignKeyOp("fk2", "items", "shelfs", ["shelf_id"], ["id"], **LATER),
    "drop check": ops.DropConstraintOp("ck", "items"),
    "drop link": ops.DropConstraintOp("fk", "items", _reverse=LINK),
    "rename table": RenameOp(Rename(Thing.TABLE, "things", "items", "things")),
    "rename column": RenameOp(Rename(Thing.COLUMN, "items", "net", "gross")),
    "rename constraint": RenameOp(Rename(Thing.CONSTRAINT, "items", "ck", "ck3")),
    "rename link": RenameOp(Rename(Thing.CONSTRAINT, "items", "fk", "fk3")),
    "look": RefuseRowsOp("items", "net < 0", "are below 0"),
    "fill": FillInBatchesOp("items", "net", "1"),
    "validate": ValidateConstraintOp("items", "new_ck"),
    "validate link": ValidateConstraintOp("items", "new_fk"),
    "unique by index": UniqueByIndexOp("items", "made"),
}
ONLINE_ONES: dict[str, MigrateOperation] = {
    "require": RequireOp("items", "id"),
    "fill": FillInBatchesOp("items", "net", "1"),
}
BESIDE: dict[str, MigrateOperation] = {
    "create_index": ops.CreateIndexOp("ix2", "items", ["net"], **CALM),
    "drop_index": ops.DropIndexOp("ix", "items", **CALM),
}
RANK = [*Mode]


def strongest(locks: Sequence[tuple[str, str]]) -> dict[str, Mode]:
    """The strongest lock on each table."""
    found: dict[str, Mode] = {}
    for table, mode in locks:
        found[table] = max(found.get(table, Mode.ACCESS_SHARE), Mode(mode), key=RANK.index)
    return found


def taken_by(connection: sa.Connection, pid: int) -> list[tuple[str, str]]:
    """The locks on tables that a connection holds."""
    found = connection.execute(TAKEN, {"pid": pid})
    return [(table, WORD.sub(" ", mode.removesuffix("Lock")).upper()) for table, mode in found]


def told(step: MigrateOperation) -> dict[str, Mode]:
    """What is said of it."""
    locks = locks_of([step], links={("items", "new_fk"): "shelfs"})
    return strongest([(lock.table, lock.mode) for lock in locks])


def test_nobody_waits_for_what_is_made_in_the_same_step() -> None:
    metadata = sa.MetaData()
    sa.Table("shelfs", metadata, sa.Column("id", sa.Uuid, primary_key=True))
    made = sa.Table("items", metadata, sa.Column("shelf_id", sa.ForeignKey("shelfs.id"), index=True))
    steps: list[MigrateOperation] = [ops.CreateTableOp.from_table(table) for table in metadata.sorted_tables]
    steps += [ops.CreateIndexOp.from_index(index) for index in made.indexes]
    assert [(lock.table, lock.who) for lock in locks_of(steps)] == [(table, NOBODY) for table in ("shelfs", "items")]


def test_every_lock_that_is_told_is_taken_and_no_other(fresh_database_url: str) -> None:
    engine = sa.create_engine(address(fresh_database_url), poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(TABLES)
        connection.commit()
        pid = connection.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
        taken, said = {}, {}
        for online, steps in ((False, ORDINARY), (True, ONLINE_ONES)):
            context = MigrationContext.configure(connection, opts={ONLINE: online, LOCK_POLICY: USUAL})
            for name, step in steps.items():
                Operations(context).invoke(step)
                taken[name, online], said[name, online] = strongest(taken_by(connection, pid)), told(step)
                connection.rollback()
    assert taken == said


@pytest.mark.parametrize("name", BESIDE)
async def test_what_is_done_beside_writers_waits_for_them_alone(fresh_database_url: str, name: str) -> None:
    engine = sa.create_engine(address(fresh_database_url), poolclass=sa.NullPool)
    calm = engine.execution_options(isolation_level="AUTOCOMMIT")
    with calm.connect() as connection, calm.connect() as watching, engine.connect() as writer:
        watching.exec_driver_sql(TABLES)
        pid = connection.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
        writer.exec_driver_sql("INSERT INTO items VALUES (2)")
        operations = Operations(MigrationContext.configure(connection, opts={ONLINE: True, LOCK_POLICY: USUAL}))
        working = asyncio.create_task(asyncio.to_thread(operations.invoke, BESIDE[name]))
        waits = sa.text("SELECT count(*) FROM pg_locks WHERE pid = :pid AND NOT granted")
        await until(lambda: working.done() or bool(watching.scalar(waits, {"pid": pid})))
        taken = strongest(taken_by(watching, pid))
        writer.commit()
        await working
    assert taken == told(BESIDE[name])
