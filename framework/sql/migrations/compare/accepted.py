"""What stands otherwise than ours would be made, and behaves the same: taken as it is, and no difference.

A number counted by a sequence instead of an identity; a unique index in the place of a rule that is looked at row by
row; a link that restricts at once, or says what happens when a key changes, which ours never do; a domain over the type
declared; a DEFAULT of the database. What is made anew is made as declared.
"""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from sqlalchemy.dialects import postgresql

from framework.sql.migrations.operations.renames import DIALECT

SqlType = sa.types.TypeEngine[Any]
SAID = re.compile(r' ?\(.*?\)| COLLATE "[^"]*"')


def accept_as_it_stands(connection: sa.Connection, table: sa.Table) -> None:
    """Changes a declared table to what stands, where that is as good."""
    found = sa.inspect(connection)
    columns = {column["name"]: column for column in found.get_columns(table.name, table.schema)}
    for column in table.c:
        stands = columns.get(column.name)
        if column.identity is None or stands is None:
            continue
        if _counts(stands.get("default")):
            column.identity = column.server_default = None
        for name, value in stands.get("identity", {}).items():
            setattr(column.identity, name, value)
    indexes = {index["name"]: index for index in found.get_indexes(table.name, table.schema)}
    for rule in [*table.constraints]:
        if isinstance(rule, sa.UniqueConstraint) and not rule.deferrable and _same(rule, indexes.get(str(rule.name))):
            table.constraints.discard(rule)
            sa.Index(str(rule.name), *rule.columns, unique=True)
    links = {link["name"]: link["options"] for link in found.get_foreign_keys(table.name, table.schema)}
    for link in table.foreign_key_constraints:
        _accept_link(link, links.get(str(link.name), {}))


def same_type(context: MigrationContext, _: Any, __: Any, stands: SqlType, declared: SqlType) -> bool | None:
    """What Alembic is told of two types: whether they differ, or None where it is to look itself."""
    if isinstance(stands, postgresql.DOMAIN):
        return _bare(stands) != _bare(declared)
    if isinstance(declared, postgresql.ENUM) or isinstance(stands, postgresql.ENUM):
        return _enum(stands) != _enum(declared)
    return None


def _bare(kind: SqlType) -> str:
    """The type below all domains, without what it is cut to and sorted by, which SQLAlchemy does not read of those."""
    return _bare(kind.data_type) if isinstance(kind, postgresql.DOMAIN) else SAID.sub("", kind.compile(dialect=DIALECT))


def _counts(default: object) -> bool:
    return str(default or "").startswith("nextval(")


def _same(rule: sa.UniqueConstraint, index: Any) -> bool:
    """Whether the index holds the same as the rule: all records, by the same columns."""
    if index is None or not index["unique"] or index.get("duplicates_constraint") or "expressions" in index:
        return False
    partial = any(index.get("dialect_options", {}).values())
    return not partial and index["column_names"] == [column.name for column in rule.columns]


def _accept_link(link: sa.ForeignKeyConstraint, stands: Any) -> None:
    if link.ondelete is None and stands.get("ondelete") == "RESTRICT":
        link.ondelete = "RESTRICT"
    link.onupdate = stands.get("onupdate")
    link.deferrable, link.initially = stands.get("deferrable"), stands.get("initially")


def _enum(kind: SqlType) -> tuple[str | None, str | None] | None:
    return (kind.name, kind.schema) if isinstance(kind, postgresql.ENUM) else None
