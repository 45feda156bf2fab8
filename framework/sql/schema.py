"""From a domain to its tables, all of them together."""

from __future__ import annotations

import sqlalchemy as sa

from framework.spec.domain import DomainSpec
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
