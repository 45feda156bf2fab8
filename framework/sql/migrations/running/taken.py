"""What the steps are that a database has taken, kept beside Alembic's table for those who do not know them.

A program that was there before a step can tell by it whether it may go on beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext, MigrationInfo
from alembic.script import Script

from framework.sql.migrations.operations.irreversible_where import found_irreversible
from framework.sql.migrations.operations.renames import escaped, literal, qualified
from framework.sql.migrations.running.readiness import COLUMNS, SUFFIX, KnownStep, known_steps, several

RENAMED = "renamed boolean NOT NULL DEFAULT false"


def record(ctx: MigrationContext, step: MigrationInfo, heads: object, run_args: object) -> None:
    """Writes down a step that was carried out, stamped or taken back; as Alembic calls it."""
    table = _table(ctx)
    for statement in _statements(table, step, found_irreversible(ctx)):
        ctx.impl.execute(sa.text(escaped(statement)))


def record_going(ctx: MigrationContext, revision: str) -> None:
    """Writes down that a step which is taken back operation by operation is no longer all there."""
    statement = f"UPDATE {_table(ctx)} SET going = true WHERE revision = {literal(revision)}"  # noqa: S608 - names of ours
    # A database may have its table since before there was this.
    for each in (f"ALTER TABLE {_table(ctx)} ADD COLUMN IF NOT EXISTS {RENAMED}", statement):
        ctx.impl.execute(sa.text(escaped(each)))


def note_renamed(ctx: MigrationContext, revision: str) -> str:
    """The statement that writes down of such a step that its last renames are done, and with them all of it."""
    return f"UPDATE {_table(ctx)} SET renamed = true WHERE revision = {literal(revision)}"  # noqa: S608 - names of ours


def is_renamed(ctx: MigrationContext, revision: str) -> bool:
    """Whether that was written down of it."""
    return any(each[0] == revision for each in _rows(ctx, "revision, renamed") if each[1])


def told(ctx: MigrationContext) -> Mapping[str, KnownStep]:
    """What the database tells of the steps that it has taken."""
    return known_steps(_rows(ctx, COLUMNS))


def found_as_taken(ctx: MigrationContext) -> Mapping[str, Mapping[str, str]]:
    """By step, and by table, why it cannot be taken back, as the records told when it was carried out."""
    return dict(_rows(ctx, "revision, irreversible"))


def forgetting(ctx: MigrationContext, revision: str) -> str:
    """The statement by which the database forgets that, for whoever knows better than the records."""
    return f"UPDATE {_table(ctx)} SET irreversible = '{{}}' WHERE revision = {literal(revision)}"  # noqa: S608 - names of ours


def _table(ctx: MigrationContext) -> str:
    return qualified(ctx.version_table_schema, ctx.version_table + SUFFIX)


def _rows(ctx: MigrationContext, columns: str) -> Sequence[tuple[Any, ...]]:
    assert ctx.connection is not None
    table = _table(ctx)
    if ctx.connection.scalar(sa.select(sa.func.to_regclass(table))) is None:
        return []
    return [*map(tuple, ctx.connection.execute(sa.text(f"SELECT {columns} FROM {escaped(table)}")))]  # noqa: S608 - names of ours


def _statements(table: str, step: MigrationInfo, irreversible: Mapping[str, str]) -> Sequence[str]:
    made = (
        f"CREATE TABLE IF NOT EXISTS {table} (revision text PRIMARY KEY, follows text[] NOT NULL,"
        " expands boolean NOT NULL, irreversible jsonb NOT NULL, going boolean NOT NULL DEFAULT false,"
        f" {RENAMED},"
        " taken_at timestamptz NOT NULL DEFAULT now())"
    )
    named = f"DELETE FROM {table} WHERE revision IN ({', '.join(map(literal, step.up_revision_ids)) or 'NULL'})"  # noqa: S608
    if not step.is_upgrade:
        return made, named
    return made, named, *(_insert(table, each, irreversible) for each in step.up_revisions if isinstance(each, Script))


def _insert(table: str, script: Script, irreversible: Mapping[str, str]) -> str:
    follows = ", ".join(map(literal, (*several(script.down_revision), *several(script.dependencies))))
    expands = bool(getattr(script.module, "expands", False))
    values = f"{literal(script.revision)}, ARRAY[{follows}]::text[], {str(expands).lower()}"
    values += f", {literal(orjson.dumps(irreversible).decode())}"
    return f"INSERT INTO {table} (revision, follows, expands, irreversible) VALUES ({values})"  # noqa: S608
