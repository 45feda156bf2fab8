"""Alembic's version table, which a script makes only where it does not stand.

A script is read beside a database that may have the table without a step in it, as after a way back to `base`.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic.ddl.postgresql import PostgresqlImpl
from sqlalchemy.schema import CreateTable


class VersionTable(sa.Table):
    """The table as Alembic makes it."""

    def create(self, bind: Any, checkfirst: Any = False) -> None:  # noqa: FBT002 - as SQLAlchemy declares it
        """Looks for it first on a connection; a script looks as it is run."""
        if isinstance(bind, sa.Connection):
            super().create(bind, checkfirst=checkfirst)
        else:
            bind.execute(CreateTable(self, if_not_exists=True))


class VersionTableImpl(PostgresqlImpl):
    """The part of Alembic's PostgreSQL that makes that table; it is not taken for it by itself."""

    def version_table_impl(
        self, *, version_table: str, version_table_schema: str | None, version_table_pk: bool, **kw: Any
    ) -> sa.Table:
        """The table by that name, as a `VersionTable`."""
        plain = super().version_table_impl(
            version_table=version_table,
            version_table_schema=version_table_schema,
            version_table_pk=version_table_pk,
            **kw,
        )
        parts: list[Any] = [sa.Column(each.name, each.type, nullable=each.nullable) for each in plain.columns]
        if version_table_pk:
            key = plain.primary_key
            parts.append(sa.PrimaryKeyConstraint(*(column.name for column in key), name=str(key.name)))
        return VersionTable(version_table, sa.MetaData(), *parts, schema=version_table_schema)
