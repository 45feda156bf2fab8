"""From a resource to its table: columns, keys, what is unique, what is checked, what is looked up.

Uniqueness counts as SQL has it: records with an absent value among those of an identity never collide. It is looked at
once a statement is done; only an index, as an identity among some records is, has PostgreSQL look at every row.
A link that restricts is checked at the end of the statement, so records that go together do not block each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.sql.elements import UnaryExpression
from sqlalchemy.sql.operators import custom_op

from framework.data.refusals import not_before
from framework.expr.nodes import Node, Ref
from framework.expr.reduce import reduced
from framework.spec.attribute import AttributeSpec, ExclusionSpec, IdentitySpec, IndexKind, IndexPart, IndexSpec, Origin
from framework.spec.domain import DomainSpec
from framework.spec.relationship import OnDelete, RelationshipSpec
from framework.spec.resource import ResourceSpec
from framework.sql.clauses.expressions import clause_of, condition_of
from framework.sql.clauses.operations import as_columns_sort
from framework.sql.clauses.storage import stored_type
from framework.sql.clauses.table_scope import Schema, TableScope
from framework.sql.definitions.constraints import rules_of
from framework.sql.definitions.exclusions import extension_of_exclusion, range_of
from framework.sql.definitions.index_kinds import NEEDS, extension_of
from framework.sql.definitions.look_up_paths import indexes_of
from framework.sql.definitions.names import (
    check_name,
    exclusion_name,
    foreign_key_name,
    identity_name,
    index_name,
    primary_key_name,
    rule_name,
    upheld_links,
)
from framework.sql.definitions.partitions import make_default_partition, partitioned_by
from framework.sql.section import table_name_of, table_schema_of

ON_DELETE = {OnDelete.RESTRICT: None, OnDelete.CASCADE: "CASCADE", OnDelete.SET_NULL: "SET NULL"}


def add_table(spec: ResourceSpec, metadata: sa.MetaData, domain: DomainSpec) -> sa.Table:
    """The table with its columns and primary key; the rest needs the other tables to stand."""
    name, schema = table_name_of(spec), table_schema_of(spec)
    scope = _scope_of_computed(spec, domain)
    columns = [_column(attribute, scope) for attribute in spec.attributes.values()]
    for column in columns:
        if not spec.managed and isinstance(column.type, sa.Text):
            # How text of others sorts is not known.
            column.type = sa.Text()
        if column.key == spec.key.name and column.identity is None:
            # SQLAlchemy would have any key that is a whole number counted by a sequence.
            column.autoincrement = False
    by, info = partitioned_by(spec), {"resource": spec.name}
    if by is None or spec.retention is None:
        key = sa.PrimaryKeyConstraint(spec.key.name, name=primary_key_name(spec))
        return sa.Table(name, metadata, *columns, key, schema=schema, info=info)
    # PostgreSQL keeps nothing unique that does not say in which partition it is.
    key = sa.PrimaryKeyConstraint(spec.key.name, spec.retention.since, name=primary_key_name(spec))
    table = sa.Table(name, metadata, *columns, key, schema=schema, info=info, postgresql_partition_by=by)
    make_default_partition(table)
    return table


def add_constraints(spec: ResourceSpec, schema: Schema, circle: Mapping[str, str]) -> None:
    """Links, uniqueness, checks and indexes, each under the name that `integrity` reads breaches by.

    `circle` tells the resources that links lead round in a circle by (see `circles`).

    A table of others has their rules. A link to one has no foreign key: a view cannot have one, and it would hold up
    what they do with a table.
    """
    if not spec.managed:
        return
    table = schema.tables[spec.name]
    for link in upheld_links(spec, schema.domain):
        table.append_constraint(_foreign_key(link, spec, schema, circle))
    for identity in spec.identities.values():
        _identity(identity, spec, schema)
    for exclusion in spec.exclusions.values():
        table.append_constraint(_exclusion(exclusion, spec, schema))
    for check in _checks(spec, table, schema):
        table.append_constraint(check)
    for index in indexes_of(spec):
        _index(index, spec, schema)


def _scope_of_computed(spec: ResourceSpec, domain: DomainSpec) -> TableScope | None:
    """The plain columns, which those that are worked out speak of before their table is made; None without any."""
    if not any(attribute.computed is not None for attribute in spec.attributes.values()):
        return None
    apart = sa.MetaData()
    table = sa.Table(table_name_of(spec), apart, *(_column(attribute) for attribute in spec.attributes.values()))
    return TableScope(Schema(domain, apart, {}), spec, table)


def _column(attribute: AttributeSpec, scope: TableScope | None = None) -> sa.Column[Any]:
    """The column; seen from `scope`, what it is worked out of is there."""
    name, kind = attribute.column_name, stored_type(attribute)
    made: list[sa.Identity | sa.Computed] = []
    if attribute.origin is Origin.SEQUENCE:
        made.append(sa.Identity(always=False))
    if attribute.computed is not None and scope is not None:
        made.append(sa.Computed(clause_of(reduced(attribute.computed), scope, attribute.type), persisted=True))
    return sa.Column(name, kind, *made, key=attribute.name, nullable=attribute.type.nullable)


def _foreign_key(
    link: RelationshipSpec, spec: ResourceSpec, schema: Schema, circle: Mapping[str, str]
) -> sa.ForeignKeyConstraint:
    table = schema.tables[spec.name]
    target = schema.tables[link.target]
    here, there = zip((link.attribute, link.target_attribute), *link.matched, strict=True)
    return sa.ForeignKeyConstraint(
        [table.c[name] for name in here],
        [target.c[name] for name in there],
        name=foreign_key_name(link, spec),
        ondelete=_on_delete(link, table),
        # Links lead on from the target to where this one starts, so neither table comes first.
        use_alter=link.target != spec.name and circle[link.target] == circle[spec.name],
    )


def _on_delete(link: RelationshipSpec, table: sa.Table) -> str | None:
    """What is matched besides stays as it is: the key alone is lost."""
    if link.on_delete is OnDelete.SET_NULL and link.matched:
        return f"SET NULL ({table.c[link.attribute].name})"
    return ON_DELETE[link.on_delete]


def _identity(identity: IdentitySpec, spec: ResourceSpec, schema: Schema) -> None:
    table, name = schema.tables[spec.name], identity_name(identity, spec)
    parts = [_value(part, table, schema) for part in identity.parts]
    nulls: dict[str, Any] = {"postgresql_nulls_not_distinct": True} if identity.nulls_not_distinct else {}
    if identity.whole:
        # Held once the statement is done, and not row by row: records can exchange what is unique.
        initially, deferrable = ("IMMEDIATE", True) if identity.deferrable else (None, None)
        unique = sa.UniqueConstraint(*parts, name=name, initially=initially, deferrable=deferrable, **nulls)
        table.append_constraint(unique)
    else:
        sa.Index(name, *parts, unique=True, **_among(identity.where, table, schema), **nulls)


def _exclusion(exclusion: ExclusionSpec, spec: ResourceSpec, schema: Schema) -> ExcludeConstraint:
    """Looked at once the statement is done, as what is unique is."""
    table = schema.tables[spec.name]
    span = getattr(sa.func, range_of(exclusion, spec))(table.c[exclusion.start], table.c[exclusion.end])
    return ExcludeConstraint(
        *((_value(part, table, schema), "=") for part in exclusion.parts),
        (span, "&&"),
        name=exclusion_name(exclusion.name, spec),
        where=None if exclusion.where is None else _constant(exclusion.where, table, schema),
        deferrable=True,
        initially="IMMEDIATE",
        info={NEEDS: extension_of_exclusion(exclusion)},
    )


def _checks(spec: ResourceSpec, table: sa.Table, schema: Schema) -> Iterator[sa.CheckConstraint]:
    for attribute in spec.attributes.values():
        for rule in rules_of(attribute, table.c[attribute.name]):
            name = rule_name(attribute.name, rule.name, spec)
            yield sa.CheckConstraint(rule.condition, name=name, info={"attribute": attribute.name, "says": rule.says})
    for exclusion in spec.exclusions.values():
        name = rule_name(exclusion.end, exclusion.name, spec)
        condition = table.c[exclusion.end] >= table.c[exclusion.start]
        info = {"attribute": exclusion.end, "says": not_before(exclusion)}
        yield sa.CheckConstraint(condition, name=name, info=info)
    for check in spec.checks.values():
        condition = _constant(check.node, table, schema)
        yield sa.CheckConstraint(condition, name=check_name(check.name, spec), info={"check": check})


def _index(index: IndexSpec, spec: ResourceSpec, schema: Schema) -> None:
    table = schema.tables[spec.name]
    parts = [_part(part, spec, table, schema) for part in index.parts]
    if index.operators is not None:
        parts = [_by(part, index.operators) for part in parts]
    options: dict[str, Any] = {
        **_among(index.where, table, schema),
        **({} if index.kind is IndexKind.BTREE else {"postgresql_using": index.kind.value}),
        **({"postgresql_include": [table.c[name] for name in index.include]} if index.include else {}),
        **({"postgresql_with": dict(index.options)} if index.options else {}),
    }
    sa.Index(index_name(index, spec), *parts, **options, info={NEEDS: extension_of(index, spec)})


def _part(part: IndexPart, spec: ResourceSpec, table: sa.Table, schema: Schema) -> Any:
    value = _value(part.node, table, schema)
    if not part.descending:
        return value
    nullable = not isinstance(part.node, Ref) or spec.attributes[part.node.name].type.nullable
    return value.desc().nulls_last() if nullable else value.desc()


def _value(node: Node, table: sa.Table, schema: Schema) -> Any:
    """A column, or what is worked out of some."""
    spec = schema.domain.resources[table.info["resource"]]
    return (
        table.c[node.name] if isinstance(node, Ref) else as_columns_sort(clause_of(reduced(node), schema.target(spec)))
    )


def _by(part: Any, operators: str) -> Any:
    """A part that is looked up by the operators of a class."""
    return UnaryExpression(part.self_group(), modifier=custom_op(operators))


def _among(where: Node | None, table: sa.Table, schema: Schema) -> dict[str, Any]:
    return {} if where is None else {"postgresql_where": _constant(where, table, schema)}


def _constant(node: Node, table: sa.Table, schema: Schema) -> Any:
    """A condition on one record's own values, as it stands in a definition."""
    spec = schema.domain.resources[table.info["resource"]]
    return as_columns_sort(condition_of(node, schema.definition(spec)))
