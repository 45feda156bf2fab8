"""Where an expression is seen from: a record of some table, and the links that lead on from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from framework.spec.domain import DomainSpec
from framework.spec.relationship import RelationshipSpec
from framework.spec.resource import ResourceSpec
from framework.sql.binding import Clause

Tables = Mapping[str, sa.Table]


@dataclass(frozen=True, slots=True)
class Schema:
    """The domain and its tables, by the name of the resource."""

    domain: DomainSpec
    metadata: sa.MetaData
    tables: Tables

    def root(self, resource: ResourceSpec) -> Place:
        """A record of a SELECT on the table itself."""
        table = self.tables[resource.name]
        return Place(self, resource, table, Joins(table))

    def alias(self, resource: ResourceSpec) -> Place:
        """A record of a SELECT inside another one, under a name of its own."""
        table = self.tables[resource.name].alias()
        return Place(self, resource, table, Joins(table))

    def target(self, resource: ResourceSpec) -> Place:
        """A record of an UPDATE or DELETE, which cannot join."""
        return Place(self, resource, self.tables[resource.name])


@dataclass(slots=True)
class Joins:
    """The FROM clause of one SELECT as it grows: each to-one link that is followed joins its table once."""

    source: sa.FromClause
    met: dict[tuple[int, str], Place] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """One record in a statement."""

    schema: Schema
    resource: ResourceSpec
    table: sa.FromClause
    joins: Joins | None = None

    def column(self, name: str) -> sa.ColumnElement[Any]:
        """The stored value of that name."""
        return self.table.c[name]

    def inside(self, link: RelationshipSpec) -> Place:
        """The record at the other end of a link, in a SELECT of its own."""
        return self.schema.alias(self.schema.domain.target(link))

    def meets(self, link: RelationshipSpec, other: Place) -> Clause:
        """Whether the other record is at the end of the link."""
        return other.column(link.target_attribute) == self.column(link.attribute)

    def follow(self, link: RelationshipSpec) -> Place:
        """The record at the end of a to-one link, joined; all its values are absent where there is none."""
        return self._joined(link, optional=True)

    def step(self, link: RelationshipSpec) -> Place:
        """Each record at the end of a link, joined; no row where there is none."""
        return self._joined(link, optional=False)

    def _joined(self, link: RelationshipSpec, *, optional: bool) -> Place:
        assert self.joins is not None
        known = self.joins.met.get((id(self.table), link.name))
        if known is not None and optional:
            return known
        resource = self.schema.domain.target(link)
        table = self.schema.tables[resource.name].alias()
        place = Place(self.schema, resource, table, self.joins)
        self.joins.source = self.joins.source.join(table, self.meets(link, place), isouter=optional)
        self.joins.met[id(self.table), link.name] = place
        return place
