"""From a domain to its tables, all of them together."""

from __future__ import annotations

import sqlalchemy as sa

from framework.spec.domain import DomainSpec
from framework.sql.clauses.table_scope import Schema
from framework.sql.definitions.circles import circles
from framework.sql.definitions.comments import note_comments
from framework.sql.definitions.names import upheld_links
from framework.sql.definitions.tables import add_constraints, add_table
from framework.sql.definitions.tenant_walls import note_wall


def schema_of(domain: DomainSpec) -> Schema:
    """The tables of the domain, by the name of their resource."""
    metadata = sa.MetaData()
    schema = Schema(domain, metadata, {spec.name: add_table(spec, metadata, domain) for spec in domain.stored})
    for spec in domain.stored:
        note_comments(schema.tables[spec.name], spec)
        note_wall(schema.tables[spec.name], spec)
    leads_to = {name: [link.target for link in upheld_links(spec, domain)] for name, spec in domain.resources.items()}
    circle = circles(leads_to)
    for spec in domain.stored:
        add_constraints(spec, schema, circle)
    return schema


def managed_tables(schema: Schema) -> list[sa.Table]:
    """The tables that are ours to make."""
    return [schema.tables[spec.name] for spec in schema.domain.stored if spec.managed]


def schemas_of(schema: Schema) -> list[str]:
    """The schemas that our tables are in, but for the one that the search path tells."""
    return sorted({table.schema for table in managed_tables(schema) if table.schema is not None})
