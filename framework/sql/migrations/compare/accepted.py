"""What stands otherwise than ours would be made, and behaves the same: taken as it is, and no difference.

A number counted by a sequence instead of an identity; a unique index in the place of a rule that is looked at row by
row; a link that restricts at once, or says what happens when a key changes, which ours never do; a domain over the type
declared; a DEFAULT of the database. What is made anew is made as declared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeGuard

import sqlalchemy as sa
from sqlalchemy.engine.reflection import ObjectKind, ObjectScope


def accept_as_they_stand(connection: sa.Connection, tables: Sequence[sa.Table]) -> None:
    """Changes declared tables to what stands, where that is as good; only what may differ so is read."""
    found = sa.inspect(connection)
    for schema in {table.schema for table in tables}:
        some = [table for table in tables if table.schema == schema]
        columns = _read(found.get_multi_columns, [table for table in some if any(map(_is_counted, table.c))])
        indexes = _read(found.get_multi_indexes, [table for table in some if any(map(_is_by_row, table.constraints))])
        links = _read(found.get_multi_foreign_keys, [table for table in some if table.foreign_key_constraints])
        for table in some:
            key = (schema, table.name)
            _accept_columns(table, {column["name"]: column for column in columns.get(key, ())})
            _accept_indexes(table, {index["name"]: index for index in indexes.get(key, ())})
            stands = {link["name"]: link["options"] for link in links.get(key, ())}
            for link in table.foreign_key_constraints:
                _accept_link(link, stands.get(str(link.name), {}))


def _read(read: Callable[..., Mapping[Any, Any]], tables: Sequence[sa.Table]) -> Mapping[Any, Any]:
    """What stands of the tables, which are of one schema."""
    if not tables:
        return {}
    names = [table.name for table in tables]
    return read(schema=tables[0].schema, filter_names=names, kind=ObjectKind.ANY, scope=ObjectScope.ANY)


def _accept_columns(table: sa.Table, columns: Mapping[str, Any]) -> None:
    for column in table.c:
        stands = columns.get(column.name)
        if not _is_counted(column) or stands is None:
            continue
        if _counts(stands.get("default")):
            column.identity = column.server_default = None
        for name, value in stands.get("identity", {}).items():
            setattr(column.identity, name, value)


def _accept_indexes(table: sa.Table, indexes: Mapping[Any, Any]) -> None:
    for rule in [*table.constraints]:
        if _is_by_row(rule) and _same(rule, indexes.get(str(rule.name))):
            table.constraints.discard(rule)
            sa.Index(str(rule.name), *rule.columns, unique=True)


def _is_counted(column: sa.Column[Any]) -> bool:
    return column.identity is not None


def _is_by_row(rule: sa.Constraint) -> TypeGuard[sa.UniqueConstraint]:
    return isinstance(rule, sa.UniqueConstraint) and not rule.deferrable


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
