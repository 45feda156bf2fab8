"""From a domain to its tables, all of them together."""

from __future__ import annotations

import sqlalchemy as sa

from framework.spec.domain import DomainSpec
from framework.sql.columns import storage_type
from framework.sql.fillers import note_filler
from framework.sql.table_scope import Schema
from framework.sql.tables import add_constraints, add_table


def schema_of(domain: DomainSpec) -> Schema:
    """The tables of the domain, by the name of their resource."""
    metadata = sa.MetaData()
    tables = {spec.name: add_table(spec, metadata) for spec in domain.stored}
    schema = Schema(domain, metadata, tables)
    for spec in domain.stored:
        add_constraints(spec, schema)
    return schema


def metadata_of(domain: DomainSpec) -> sa.MetaData:
    """The tables as the database has them: plain types only, which a migration can name."""
    metadata = schema_of(domain).metadata
    for table in metadata.tables.values():
        spec = domain.resources[table.info.pop("resource")]
        for column in table.c:
            note_filler(column, spec.attributes[column.name])
            column.type = storage_type(column.type)
    return metadata
