"""Where an expression is seen from: a record of some table, and the links that lead on from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from framework.spec.domain import DomainSpec
from framework.spec.relationship import RelationshipSpec
from framework.spec.resource import ResourceSpec
from framework.sql.clauses.binding import Clause
from framework.sql.clauses.storage import kept_alike, read_stored

Tables = Mapping[str, sa.Table]


@dataclass(frozen=True, slots=True)
class Schema:
    """The domain and its tables, by the name of the resource."""

    domain: DomainSpec
    metadata: sa.MetaData
    tables: Tables

    def root(self, resource: ResourceSpec) -> TableScope:
        """A record of a SELECT on the table itself."""
        table = self.tables[resource.name]
        return TableScope(self, resource, table, Joins(table))

    def target(self, resource: ResourceSpec) -> TableScope:
        """A record of an UPDATE or DELETE, which cannot join."""
        return TableScope(self, resource, self.tables[resource.name])

    def definition(self, resource: ResourceSpec) -> TableScope:
        """A record as a rule or an index of the table speaks of it: by its columns as they are."""
        return TableScope(self, resource, self.tables[resource.name], as_stored=True)


@dataclass(slots=True)
class Joins:
    """The FROM clause of one SELECT as it grows: each to-one link that is followed joins its table once."""

    source: sa.FromClause
    met: dict[tuple[int, str], TableScope] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TableScope:
    """One record in a statement; `around` is the one that an expression led over to get here."""

    schema: Schema
    resource: ResourceSpec
    table: sa.FromClause
    joins: Joins | None = None
    around: TableScope | None = None
    as_stored: bool = False

    def column(self, name: str) -> sa.ColumnElement[Any]:
        """The stored value of that name, as one of its type."""
        column = self.stored(name)
        return column if self.as_stored else read_stored(self.resource.attributes[name], column)

    def stored(self, name: str) -> sa.ColumnElement[Any]:
        """The column of that name as it is: for keys, and what an index is to serve."""
        return self.table.c[name]

    def outer(self, steps: int) -> TableScope:
        """An enclosing record, as the one at hand."""
        found = self
        for _ in range(steps):
            assert found.around is not None
            found = found.around
        return replace(found, around=self)

    def inside(self, link: RelationshipSpec) -> tuple[TableScope, Clause]:
        """The records at the other end of a link, in a SELECT of its own, and the condition they are found by."""
        table = self._target(link)
        scope = TableScope(self.schema, self.schema.domain.target(link), table, Joins(table), self)
        return scope, self._meets(link, scope)

    def follow(self, link: RelationshipSpec) -> TableScope:
        """The record at the end of a to-one link, joined; all its values are absent where there is none."""
        assert self.joins is not None
        known = self.joins.met.get((id(self.table), link.name))
        if known is not None:
            return replace(known, around=self)
        table = self._target(link)
        scope = TableScope(self.schema, self.schema.domain.target(link), table, self.joins, self)
        self.joins.source = self.joins.source.join(table, self._meets(link, scope), isouter=True)
        self.joins.met[id(self.table), link.name] = scope
        return scope

    def scopes(self) -> tuple[ResourceSpec, ...]:
        """The resource of this record, and behind it those of the records around it."""
        return (self.resource, *(() if self.around is None else self.around.scopes()))

    def _target(self, link: RelationshipSpec) -> sa.FromClause:
        """What a link leads to, under a name of its own: every way to another record goes through here."""
        return self.schema.tables[link.target].alias()

    def _meets(self, link: RelationshipSpec, target: TableScope) -> Clause:
        """That records are at the end of a link: where it has several hops, those between are each a SELECT."""
        here, key = self, link.attribute
        chosen: sa.Select[Any] | None = None
        for hop, onward in pairwise(link.hops):
            resource = self.schema.domain.resources[hop.target]
            between = TableScope(self.schema, resource, self.schema.tables[hop.target].alias())
            met = between.met(hop.target_attribute, here, key, chosen)
            here, key = between, onward.attribute
            chosen = sa.select(between.stored(key)).where(met).correlate_except(between.table)
        return target.met(link.target_attribute, here, key, chosen)

    def met(self, name: str, other: TableScope, key: str, chosen: sa.Select[Any] | None) -> Clause:
        """That the value here is the key that the other record holds, or among those chosen."""
        if chosen is not None:
            return self.stored(name).in_(chosen)
        if kept_alike(self.resource.attributes[name].column_type, other.resource.attributes[key].column_type):
            return self.stored(name) == other.stored(key)
        return self.column(name) == other.column(key)
