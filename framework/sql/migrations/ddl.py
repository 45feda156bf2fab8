"""The tables of a domain as the SQL that makes them, for people to read and agree on."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, CreateSchema, CreateTable, ExecutableDDLElement

from framework.spec.domain import DomainSpec
from framework.sql.migrations.metadata import metadata_of
from framework.sql.migrations.operations.renames import DIALECT


def ddl_of(domain: DomainSpec) -> str:
    """Every schema, then every table that is ours and its indexes, tables before those that refer to them."""
    tables = metadata_of(domain).sorted_tables
    schemas = sorted({table.schema for table in tables if table.schema is not None})
    statements = [_written(CreateSchema(name, if_not_exists=True)) for name in schemas]
    statements += [text for table in tables for text in _table(table)]
    return "\n\n".join(statements) + "\n"


def _table(table: sa.Table) -> list[str]:
    indexes = sorted(table.indexes, key=lambda index: str(index.name))
    return [_written(CreateTable(table)), *(_written(CreateIndex(index)) for index in indexes)]


def _written(statement: ExecutableDDLElement) -> str:
    text = str(statement.compile(dialect=DIALECT))
    return "\n".join(line.rstrip() for line in text.strip().splitlines()) + ";"
