"""From a resource to its table: columns, keys, what is unique, what is checked, what is looked up.

Uniqueness counts as SQL has it: records with an absent value among those of an identity never collide. It is looked at
once a statement is done; only an index, as an identity among some records is, has PostgreSQL look at every row.
A link that restricts is checked at the end of the statement, so records that go together do not block each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from framework.expr.nodes import Node
from framework.spec.attribute import AttributeSpec, IdentitySpec, IndexSpec, Origin
from framework.spec.relationship import OnDelete, RelationshipSpec
from framework.spec.resource import ResourceSpec
from framework.sql.constraints import rules_of
from framework.sql.expressions import condition_of
from framework.sql.names import (
    check_name,
    foreign_key_name,
    identity_name,
    index_name,
    indexes_of,
    primary_key_name,
    rule_name,
    upheld_links,
)
from framework.sql.section import table_name_of, table_schema_of
from framework.sql.storage import stored_type
from framework.sql.table_scope import Schema

ON_DELETE = {OnDelete.RESTRICT: None, OnDelete.CASCADE: "CASCADE", OnDelete.SET_NULL: "SET NULL"}


def add_table(spec: ResourceSpec, metadata: sa.MetaData) -> sa.Table:
    """The table with its columns and primary key; the rest needs the other tables to stand."""
    name, schema = table_name_of(spec), table_schema_of(spec)
    columns = [_column(attribute) for attribute in spec.attributes.values()]
    key = sa.PrimaryKeyConstraint(spec.key.name, name=primary_key_name(spec))
    return sa.Table(name, metadata, *columns, key, schema=schema, info={"resource": spec.name})


def add_constraints(spec: ResourceSpec, schema: Schema) -> None:
    """Links, uniqueness, checks and indexes, each under the name that `integrity` reads breaches by.

    A table of others has their rules. A link to one has no foreign key: a view cannot have one, and it would hold up
    what they do with a table.
    """
    if not spec.managed:
        return
    table = schema.tables[spec.name]
    for link in upheld_links(spec, schema.domain):
        table.append_constraint(_foreign_key(link, spec, schema))
    for identity in spec.identities.values():
        _identity(identity, spec, schema)
    for check in _checks(spec, table, schema):
        table.append_constraint(check)
    for index in indexes_of(spec):
        _index(index, spec, schema)


def _column(attribute: AttributeSpec) -> sa.Column[Any]:
    name, kind = attribute.column_name, stored_type(attribute)
    counted = [sa.Identity(always=False)] if attribute.origin is Origin.SEQUENCE else []
    return sa.Column(name, kind, *counted, key=attribute.name, nullable=attribute.type.nullable)


def _foreign_key(link: RelationshipSpec, spec: ResourceSpec, schema: Schema) -> sa.ForeignKeyConstraint:
    table = schema.tables[spec.name]
    target = schema.tables[link.target]
    return sa.ForeignKeyConstraint(
        [table.c[link.attribute]],
        [target.c[link.target_attribute]],
        name=foreign_key_name(link, spec),
        ondelete=ON_DELETE[link.on_delete],
        use_alter=leads_back(link, spec, schema),
    )


def leads_back(link: RelationshipSpec, spec: ResourceSpec, schema: Schema) -> bool:
    """Whether links lead on from the target to where this one starts: a circle of tables, of which none comes first."""
    if link.target == spec.name:
        return False
    met, ahead = set[str](), [link.target]
    while ahead:
        name = ahead.pop()
        if name not in met:
            met.add(name)
            ahead.extend(onward.target for onward in upheld_links(schema.domain.resources[name], schema.domain))
    return spec.name in met


def _identity(identity: IdentitySpec, spec: ResourceSpec, schema: Schema) -> None:
    table, name = schema.tables[spec.name], identity_name(identity, spec)
    columns = [table.c[attribute] for attribute in identity.attributes]
    if identity.where is None:
        # Held once the statement is done, and not row by row: records can exchange what is unique.
        when = ("IMMEDIATE", True) if identity.deferrable else (None, None)
        table.append_constraint(sa.UniqueConstraint(*columns, name=name, initially=when[0], deferrable=when[1]))
    else:
        sa.Index(name, *columns, unique=True, postgresql_where=_constant(identity.where, table, schema))


def _checks(spec: ResourceSpec, table: sa.Table, schema: Schema) -> Iterator[sa.CheckConstraint]:
    for attribute in spec.attributes.values():
        for rule in rules_of(attribute, table.c[attribute.name]):
            name = rule_name(attribute.name, rule.name, spec)
            yield sa.CheckConstraint(rule.condition, name=name, info={"attribute": attribute.name, "says": rule.says})
    for check in spec.checks.values():
        condition = _constant(check.node, table, schema)
        yield sa.CheckConstraint(condition, name=check_name(check.name, spec), info={"check": check})


def _index(index: IndexSpec, spec: ResourceSpec, schema: Schema) -> None:
    table = schema.tables[spec.name]
    parts: Sequence[Any] = [_part(name, spec, table) for name in index.attributes]
    options = {} if index.where is None else {"postgresql_where": _constant(index.where, table, schema)}
    sa.Index(index_name(index, spec), *parts, **options)


def _part(name: str, spec: ResourceSpec, table: sa.Table) -> Any:
    column = table.c[name.removeprefix("-")]
    if not name.startswith("-"):
        return column
    return column.desc().nulls_last() if spec.attributes[column.key].type.nullable else column.desc()


def _constant(node: Node, table: sa.Table, schema: Schema) -> Any:
    """A condition on one record's own values, as it stands in a definition."""
    spec = schema.domain.resources[table.info["resource"]]
    return condition_of(node, schema.definition(spec))
