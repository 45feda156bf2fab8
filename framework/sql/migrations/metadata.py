"""The tables of a domain as a migration speaks of them: plain types only, each with what fills it when it is new."""

from __future__ import annotations

import sqlalchemy as sa

from framework.naming import table_name
from framework.spec.domain import DomainSpec
from framework.sql.columns import storage_type
from framework.sql.constraints import CHOICES
from framework.sql.migrations.operations.members import note_members
from framework.sql.migrations.operations.renames import RENAMED_FROM
from framework.sql.migrations.plan.fillers import note_filler
from framework.sql.names import rule_name
from framework.sql.schema import schema_of


def metadata_of(domain: DomainSpec) -> sa.MetaData:
    """The tables as the database has them: plain types only, which a migration can name."""
    schema = schema_of(domain)
    for table in schema.metadata.tables.values():
        spec = domain.resources[table.info.pop("resource")]
        if spec.renamed_from is not None:
            table.info[RENAMED_FROM] = (spec.renamed_from, table_name(spec.renamed_from))
        for column in table.c:
            column.info[RENAMED_FROM] = spec.attributes[column.name].renamed_from
            note_members(column, spec.attributes[column.name], rule_name(column.name, CHOICES, table.name))
            note_filler(column, spec.attributes[column.name], schema, spec)
    for table in schema.metadata.tables.values():
        for column in table.c:
            column.type = storage_type(column.type)
    return schema.metadata
