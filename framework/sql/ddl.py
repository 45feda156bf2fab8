"""The tables of a domain as the SQL that makes them, for people to read and agree on."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement

from framework.spec.domain import DomainSpec
from framework.sql.migrations.metadata import metadata_of


def ddl_of(domain: DomainSpec) -> str:
    """Every table and its indexes, tables before those that refer to them."""
    statements = [text for table in metadata_of(domain).sorted_tables for text in _table(table)]
    return "\n\n".join(statements) + "\n"


def _table(table: sa.Table) -> list[str]:
    indexes = sorted(table.indexes, key=lambda index: str(index.name))
    return [_written(CreateTable(table)), *(_written(CreateIndex(index)) for index in indexes)]


def _written(statement: ExecutableDDLElement) -> str:
    text = str(statement.compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]  # as SQLAlchemy has it
    return "\n".join(line.rstrip() for line in text.strip().splitlines()) + ";"
