"""The tables of a domain as a migration speaks of them: plain types only, each with what fills it when it is new."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from framework.naming import table_name
from framework.spec.attribute import AttributeSpec
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec
from framework.sql.clauses.columns import storage_type
from framework.sql.definitions.schema import schema_of
from framework.sql.migrations.operations.members import note_members
from framework.sql.migrations.operations.renames import RENAMED_FROM
from framework.sql.migrations.ownership import UNMANAGED
from framework.sql.migrations.plan.adopting import find_by_name
from framework.sql.migrations.plan.decided.decisions import DROPPED
from framework.sql.migrations.plan.decided.table_names import RESOURCE
from framework.sql.migrations.plan.domains import DOMAIN, LEADS_TO
from framework.sql.migrations.plan.records.casts import note_shape
from framework.sql.migrations.plan.records.fillers import Fillers, note_filler
from framework.sql.section import Table, said_of, table_schema_of


def metadata_of(domain: DomainSpec, first_schema: str | None = None) -> sa.MetaData:
    """The tables that are ours, as the database has them: plain types only, which a migration can name.

    A table declared in the first schema of the search path is one without a schema, as it is when it is looked up.
    Those of others are in the information, by their key.
    """
    schema = schema_of(_without(domain, first_schema))
    others = {spec.name: schema.tables[spec.name] for spec in domain.stored if not spec.managed}
    schema.metadata.info[UNMANAGED] = {table.key: domain.resources[name] for name, table in others.items()}
    for table in others.values():
        schema.metadata.remove(table)
    schema.metadata.info[DROPPED], fillers = [*domain.dropped], Fillers.over(schema.domain)
    for table in schema.metadata.tables.values():
        spec = domain.resources[table.info.pop("resource")]
        table.info[RESOURCE] = spec.name
        schema.metadata.info[DROPPED] += [f"{table.key}.{name}" for name in spec.dropped]
        led = {domain.target(each).domain for each in spec.relationships.values()}
        table.info.update({DOMAIN: spec.domain, LEADS_TO: led - {spec.domain}})
        if spec.renamed_from is not None:
            table.info[RENAMED_FROM] = (spec.renamed_from, table_name(spec.renamed_from))
        for column in table.c:
            attribute = spec.attributes[column.key]
            column.info[RENAMED_FROM] = _old_names(attribute, spec)
            note_members(column, attribute, spec)
            note_filler(column, attribute, spec, fillers)
            note_shape(column, attribute.type.kind)
    for table in schema.metadata.tables.values():
        for column in table.c:
            column.type = storage_type(column.type)
    for table in schema.metadata.tables.values():
        find_by_name(table)
    return schema.metadata


def _old_names(attribute: AttributeSpec, spec: ResourceSpec) -> tuple[str, ...]:
    """What its column may have been called: of a link, as its key is, or else by the very name."""
    links = (link.renamed_from for link in spec.relationships.values() if link.attribute == attribute.name)
    return tuple(name for name in (attribute.renamed_from, *links) if name is not None)


def _without(domain: DomainSpec, schema: str | None) -> DomainSpec:
    """The domain with no table in a schema of that name, but in none."""
    if schema is None:
        return domain
    resources = {
        name: replace(spec, schema=None, sections={**spec.sections, Table: replace(said_of(spec), schema=None)})
        if table_schema_of(spec) == schema
        else spec
        for name, spec in domain.resources.items()
    }
    return replace(domain, resources=resources)
