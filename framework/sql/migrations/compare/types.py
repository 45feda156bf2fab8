"""Types as they stand, compared with those declared by all that PostgreSQL tells of them.

Alembic takes a type that says no length for one that says any, and does not look at what a text is sorted by.
"""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from sqlalchemy.dialects import postgresql

from framework.sql.migrations.compare.renaming import STANDS, WOULD_HAVE
from framework.sql.migrations.operations.renames import DIALECT

SqlType = sa.types.TypeEngine[Any]
SAID = re.compile(r' ?\(.*?\)| COLLATE "[^"]*"')
# What a column is besides its type.
BESIDES = re.compile(r" NOT NULL\b| IDENTITY \w$")


def types_differ(
    context: MigrationContext, _: object, column: sa.Column[Any], stands: SqlType, declared: SqlType
) -> bool | None:
    """What Alembic is told of two types: whether they differ, or None where it is to look itself."""
    if isinstance(stands, postgresql.DOMAIN):
        return _bare(stands) != _bare(declared)
    if isinstance(declared, postgresql.ENUM) or isinstance(stands, postgresql.ENUM):
        return _enum(stands) != _enum(declared)
    there, said = (_told(context, each, column) for each in (STANDS, WOULD_HAVE))
    return None if there is None or said is None else there != said


def _told(context: MigrationContext, which: str, column: sa.Column[Any]) -> str | None:
    """The type of a column with its length and its collation, in PostgreSQL's own words."""
    table = context.opts[which].get(column.table.key)
    text = None if table is None else table.columns.get(column.name)
    return None if text is None else BESIDES.sub("", text)


def _bare(kind: SqlType) -> str:
    """The type below all domains, without what it is cut to and sorted by, which SQLAlchemy does not read of those."""
    return _bare(kind.data_type) if isinstance(kind, postgresql.DOMAIN) else SAID.sub("", kind.compile(dialect=DIALECT))


def _enum(kind: SqlType) -> tuple[str | None, str | None] | None:
    return (kind.name, kind.schema) if isinstance(kind, postgresql.ENUM) else None
