"""Walls around what belongs to tenants that are missing, not declared, or say something else; other policies are left
alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import sqlalchemy as sa
from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops
from alembic.runtime.plugins import Plugin
from alembic.util import DispatchPriority, PriorityDispatchResult

from framework.sql.definitions.tenant_walls import POLICY, TenantWall, wall_of
from framework.sql.migrations.operations.exclusions import AlterAction
from framework.sql.migrations.operations.renames import qualified, quoted, table_key
from framework.sql.migrations.operations.tenant_walls import TenantWallOp

PLUGIN = "dspex.tenant_walls"
SCRATCH = "dspex_scratch_wall"
# One of that name that is another's in kind counts as none: it is made anew.
STANDING = sa.text(
    "SELECT t.key, pg_get_expr(p.polqual, p.polrelid), c.relrowsecurity AND p.polpermissive AND p.polcmd = '*'"
    " AND p.polroles = CAST('{0}' AS oid[]) AND p.polwithcheck IS NULL"
    " FROM unnest(CAST(:keys AS text[]), CAST(:names AS text[])) AS t (key, name)"
    " JOIN pg_class c ON c.oid = to_regclass(t.name)"
    " JOIN pg_policy p ON p.polrelid = c.oid AND p.polname = :policy"
)
TOLD = sa.text(
    "SELECT c.relname, pg_get_expr(p.polqual, p.polrelid) FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid"
    " WHERE c.relname = ANY (CAST(:names AS text[]))"
)
Texts = Mapping[str, str | None]


def compare_walls(context: AutogenContext, steps: ops.UpgradeOps) -> PriorityDispatchResult:
    """Adds the walls that come and go, beside all else that differs."""
    connection, metadata = context.connection, context.metadata
    if connection is None or not isinstance(metadata, sa.MetaData):
        return PriorityDispatchResult.CONTINUE
    made, gone = _tables(steps, ops.CreateTableOp), _tables(steps, ops.DropTableOp)
    declared = {key: wall for key, table in metadata.tables.items() if (wall := wall_of(table)) is not None}
    names = {key: qualified(table.schema, table.name) for key, table in metadata.tables.items() if key not in made}
    names |= {key: qualified(schema, name) for key, (schema, name) in gone.items()}
    there = _standing(connection, names)
    said = _told(connection, [metadata.tables[key] for key in declared if key in there])
    places = {key: (table.schema, table.name) for key, table in metadata.tables.items()} | gone
    for key, (schema, name) in places.items():
        stands = TenantWall(name, there[key] or "false", schema) if key in there else None
        walls = [*_changes(stands, declared.get(key), as_said=key in there and there[key] == said.get(key))]
        if walls:
            steps.ops.append(ops.ModifyTableOps(name, walls, schema=schema))
    return PriorityDispatchResult.CONTINUE


def _changes(stands: TenantWall | None, wanted: TenantWall | None, *, as_said: bool) -> Iterator[TenantWallOp]:
    if stands is not None and not (wanted is not None and as_said):
        yield TenantWallOp(AlterAction.DROP, stands)
    if wanted is not None and not (stands is not None and as_said):
        yield TenantWallOp(AlterAction.ADD, wanted)


def _tables(steps: ops.OpContainer, kind: type[ops.MigrateOperation]) -> dict[str, tuple[str | None, str]]:
    found: dict[str, tuple[str | None, str]] = {}
    for step in steps.ops:
        if isinstance(step, ops.OpContainer):
            found |= _tables(step, kind)
        elif isinstance(step, kind) and isinstance(step, ops.CreateTableOp | ops.DropTableOp):
            found[table_key(step.table_name, step.schema)] = (step.schema, step.table_name)
    return found


def _standing(connection: sa.Connection, names: Mapping[str, str]) -> Texts:
    """What those that stand say, by the key of the table; None for one that holds nobody as it is."""
    asked = {"keys": [*names], "names": [*names.values()], "policy": POLICY}
    return {key: text if holds else None for key, text, holds in connection.execute(STANDING, asked)}


def _told(connection: sa.Connection, tables: Sequence[sa.Table]) -> Texts:
    """What those declared would say: only the server knows how it writes them."""
    scratch = {f"{SCRATCH}_{number}": table for number, table in enumerate(tables)}
    if not scratch:
        return {}
    statements: list[str] = []
    for name, table in scratch.items():
        wall = wall_of(table)
        assert wall is not None
        columns = ", ".join(f"{quoted(each.name)} {_type(connection, each)}" for each in table.c)
        statements += [f"CREATE TEMPORARY TABLE {name} ({columns})", replace(wall, table=name, schema=None).raised]
    savepoint = connection.begin_nested()
    try:
        connection.exec_driver_sql("; ".join(statements).replace("%", "%%"))
        rows = connection.execute(TOLD, {"names": [*scratch]}).all()
    finally:
        savepoint.rollback()
    found: dict[str, str] = {row[0]: row[1] for row in rows}
    return {table.key: found.get(name) for name, table in scratch.items()}


def _type(connection: sa.Connection, column: sa.Column[object]) -> str:
    return column.type.compile(dialect=connection.dialect)


Plugin(PLUGIN).add_autogenerate_comparator(compare_walls, "autogenerate", priority=DispatchPriority.LAST)
