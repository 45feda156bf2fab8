"""What the steps are that a database has taken, kept beside Alembic's table for those who do not know them.

A program that was there before a step can tell by it whether it may go on beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext, MigrationInfo
from alembic.script import Script

from framework.sql.migrations.operations.renames import escaped, qualified
from framework.sql.migrations.running.readiness import SUFFIX, KnownStep


def record(ctx: MigrationContext, step: MigrationInfo, heads: object, run_args: object) -> None:
    """Writes down a step that was carried out, stamped or taken back; as Alembic calls it."""
    table = qualified(ctx.version_table_schema, ctx.version_table + SUFFIX)
    for statement in _statements(table, step):
        ctx.impl.execute(sa.text(escaped(statement)))


def told(ctx: MigrationContext) -> Mapping[str, KnownStep]:
    """What the database tells of the steps that it has taken."""
    assert ctx.connection is not None
    table = qualified(ctx.version_table_schema, ctx.version_table + SUFFIX)
    if ctx.connection.scalar(sa.select(sa.func.to_regclass(table))) is None:
        return {}
    rows = ctx.connection.execute(sa.text(f"SELECT revision, follows, expands FROM {escaped(table)}"))  # noqa: S608
    return {row[0]: KnownStep(row[0], tuple(row[1]), row[2]) for row in rows}


def _statements(table: str, step: MigrationInfo) -> Sequence[str]:
    made = (
        f"CREATE TABLE IF NOT EXISTS {table} (revision text PRIMARY KEY, follows text[] NOT NULL,"
        " expands boolean NOT NULL, taken_at timestamptz NOT NULL DEFAULT now())"
    )
    named = f"DELETE FROM {table} WHERE revision IN ({', '.join(map(_text, step.up_revision_ids)) or 'NULL'})"  # noqa: S608
    if not step.is_upgrade:
        return made, named
    return made, named, *(_insert(table, each) for each in step.up_revisions if isinstance(each, Script))


def _insert(table: str, script: Script) -> str:
    follows = ", ".join(map(_text, (*_several(script.down_revision), *_several(script.dependencies))))
    expands = bool(getattr(script.module, "expands", False))
    values = f"{_text(script.revision)}, ARRAY[{follows}]::text[], {str(expands).lower()}"
    return f"INSERT INTO {table} (revision, follows, expands) VALUES ({values})"  # noqa: S608


def _several(revision: Any) -> tuple[str, ...]:
    return (revision,) if isinstance(revision, str) else tuple(revision or ())


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
