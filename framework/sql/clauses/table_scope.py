"""Where an expression is seen from: a record of some table, and the links that lead on from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Protocol

import sqlalchemy as sa

from framework.expr.nodes import Node, Some
from framework.expr.outward import looks_out
from framework.spec.domain import DomainSpec
from framework.spec.relationship import RelationshipSpec
from framework.spec.resource import ResourceSpec
from framework.sql.clauses.binding import Clause, array_type
from framework.sql.clauses.storage import kept_alike, read_stored

Tables = Mapping[str, sa.Table]


class Sight(Protocol):
    """What may be seen through a statement."""

    @property
    def is_whole(self) -> bool:
        """Whether nothing is hidden but what belongs to other tenants."""
        ...

    def whole(self) -> Sight | None:
        """What is seen with nothing else hidden; None for everything."""
        ...

    def row(self, scope: TableScope) -> Clause | None:
        """That the record may be seen; None where all may be."""
        ...

    def field(self, scope: TableScope, name: str) -> Clause | None:
        """That the value of that name may be read of the record; None where it may be of all."""
        ...


@dataclass(frozen=True, slots=True)
class Schema:
    """The domain and its tables, by the name of the resource; with a sight, a table is what may be seen of it."""

    domain: DomainSpec
    metadata: sa.MetaData
    tables: Tables
    sight: Sight | None = None

    def whole(self) -> Schema:
        """The same, seen as it is; of the tenant, where the sight is that of one."""
        return self if self.is_whole else replace(self, sight=self.sight and self.sight.whole())

    @property
    def is_whole(self) -> bool:
        """Whether nothing is hidden but what belongs to other tenants."""
        return self.sight is None or self.sight.is_whole

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
    met: dict[tuple[int, str, bool], TableScope] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Keys:
    """Where keys are found: a record of a SELECT of its own, and the attribute that holds them."""

    scope: TableScope
    name: str


@dataclass(frozen=True, slots=True)
class TableScope:
    """One record in a statement; `around` is the one that an expression led over to get here.

    With `beforehand`, what is asked of the end of a link to one is worked out once, for all records of the statement.
    """

    schema: Schema
    resource: ResourceSpec
    table: sa.FromClause
    joins: Joins | None = None
    around: TableScope | None = None
    as_stored: bool = False
    beforehand: bool = False

    def column(self, name: str) -> sa.ColumnElement[Any]:
        """The stored value of that name, as one of its type; absent where it may not be read."""
        return self.readable(name, self.plain(name))

    def stored(self, name: str) -> sa.ColumnElement[Any]:
        """The column of that name as it is: what an index is to serve; absent where it may not be read."""
        return self.readable(name, self.table.c[name])

    def key(self) -> sa.ColumnElement[Any]:
        """The primary key, by which records are told apart whatever may be read of them."""
        return self.plain(self.resource.key.name)

    def readable(self, name: str, value: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """The value of that name, absent where it may not be read."""
        allowed = self._allowed(name)
        return value if allowed is None else sa.case((allowed, value))

    def seen(self) -> tuple[Clause, ...]:
        """That the record may be seen, where not all may be."""
        seen = None if self.schema.sight is None else self.schema.sight.row(self)
        return () if seen is None else (seen,)

    def policed(self) -> TableScope:
        """The record as conditions on its being seen see it: as it is, and from nowhere else."""
        return replace(self, schema=self.schema.whole(), around=None, beforehand=True)

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
        return scope, sa.and_(self._meets(link, scope), *scope.seen())

    def follow(self, link: RelationshipSpec) -> TableScope:
        """The record at the end of a to-one link, joined; all its values are absent where there is none."""
        assert self.joins is not None
        known_as = (id(self.table), link.name, self.schema.is_whole)
        known = self.joins.met.get(known_as)
        if known is not None:
            return replace(known, around=self)
        table = self._target(link)
        # What its being seen hangs on is joined to it, before it is joined itself.
        alone = TableScope(self.schema, self.schema.domain.target(link), table, Joins(table), self)
        alone = replace(alone, beforehand=self.beforehand)
        found = sa.and_(self._meets(link, alone), *alone.seen())
        assert alone.joins is not None
        self.joins.source = self.joins.source.join(alone.joins.source, found, isouter=True)
        scope = self.joins.met[known_as] = replace(alone, joins=self.joins)
        return scope

    def scopes(self) -> tuple[ResourceSpec, ...]:
        """The resource of this record, and behind it those of the records around it."""
        return (self.resource, *(() if self.around is None else self.around.scopes()))

    def _target(self, link: RelationshipSpec) -> sa.FromClause:
        """What a link leads to, under a name of its own: every way to another record goes through here."""
        return self.schema.tables[link.target].alias()

    def keys_at(self, link: RelationshipSpec, where: Node) -> tuple[Keys, Node]:
        """Where the keys at the end of a link are found, and what is asked there for the end to be as asked.

        Where the end is asked for nothing but some record that holds its key, that record has the key too, and the
        store keeps it from leading nowhere: the end itself need not be looked at.
        """
        end, _ = self.inside(link)
        if isinstance(where, Some) and not looks_out(where.where) and not end.seen():
            onward = end.resource.relationships[where.link]
            direct = (
                len(onward.hops) == 1
                and not (link.matched or onward.matched)
                and onward.attribute == link.target_attribute
            )
            if direct and self.schema.domain.upholds(self.resource, link):
                return Keys(end.inside(onward)[0], onward.target_attribute), where.where
        return Keys(end, link.target_attribute), where

    def one_of(self, link: RelationshipSpec, keys: Keys, condition: Clause) -> Clause:
        """That the key held here for a link is one of those whose record satisfies the condition.

        Those are looked up once for a statement. As a condition on each record it would have PostgreSQL, which does
        not know how many records are wanted, look up all that may be seen and sort them.
        """
        target = keys.scope
        assert target.joins is not None
        spec, other = self.resource.attributes[link.attribute], target.resource.attributes[keys.name]
        alike = kept_alike(spec.column_type, other.column_type)
        key, held = (
            each.table.c[name] if alike else each.plain(name)
            for each, name in ((target, keys.name), (self, link.attribute))
        )
        # A key that is absent is none of them, and would leave all others open; what others keep may lack any.
        may_be_absent = other.type.nullable or not target.resource.managed
        asked = [condition, *target.seen(), *([key.is_not(sa.null())] if may_be_absent else [])]
        found = sa.select(key).select_from(target.joins.source).where(*asked).correlate_except(target.table)
        among: Clause = held == sa.any_(sa.func.array(found.scalar_subquery(), type_=array_type(key.type)))
        return sa.and_(held.is_not(sa.null()), among) if spec.type.nullable else among

    def _meets(self, link: RelationshipSpec, target: TableScope) -> Clause:
        """That records are at the end of a link: where it has several hops, those between are each a SELECT."""
        here, key = self, link.attribute
        chosen: sa.Select[Any] | None = None
        for hop, onward in pairwise(link.hops):
            resource, table = self.schema.domain.resources[hop.target], self.schema.tables[hop.target].alias()
            between = TableScope(self.schema, resource, table, Joins(table))
            chosen = between.keys(onward.attribute, between.met(hop.target_attribute, here, key, chosen))
            here, key = between, onward.attribute
        return target.met(link.target_attribute, here, key, chosen)

    def met(self, name: str, other: TableScope, key: str, chosen: sa.Select[Any] | None) -> Clause:
        """That the value here is the key that the other record holds, or among those chosen; and may be read."""
        one = self.resource.attributes[name].column_type
        if chosen is not None:
            found: Clause = self.table.c[name].in_(chosen)
            return sa.and_(found, *self.allowed(name))
        if kept_alike(one, other.resource.attributes[key].column_type):
            found = self.table.c[name] == other.table.c[key]
        else:
            found = self.plain(name) == other.plain(key)
        return sa.and_(found, *self.allowed(name), *other.allowed(key))

    def keys(self, name: str, met: Clause) -> sa.Select[Any]:
        """The values of that name which the records hold that are met, as a way leads over them."""
        assert self.joins is not None
        found = (met, *self.seen(), *self.allowed(name))
        chosen = sa.select(self.table.c[name]).select_from(self.joins.source).where(*found)
        return chosen.correlate_except(self.table)

    def allowed(self, name: str) -> tuple[Clause, ...]:
        """That the value of that name may be read, where it may not be of all records."""
        allowed = self._allowed(name)
        return () if allowed is None else (allowed,)

    def _allowed(self, name: str) -> Clause | None:
        return None if self.schema.sight is None else self.schema.sight.field(self, name)

    def plain(self, name: str) -> sa.ColumnElement[Any]:
        """The stored value of that name, as one of its type, whether it may be read or not."""
        column: sa.ColumnElement[Any] = self.table.c[name]
        return column if self.as_stored else read_stored(self.resource.attributes[name], column)
