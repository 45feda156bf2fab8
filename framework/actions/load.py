"""Rows → records, with what the query loads: one statement for each link that is loaded, however many the records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Any

from framework.actions.conditions import typed_condition
from framework.actions.keyset import full_sort, orderings
from framework.actions.load_keys import check_load_keys
from framework.actions.permission.on_records import permissions_on
from framework.actions.query import PERMISSIONS, LoadRelated, Query
from framework.actions.session import Session
from framework.data.protocols import Reads, Row
from framework.data.selection import Selection
from framework.expr.nodes import Among, Node, Ref, every
from framework.spec.asked import link_named, value_named
from framework.spec.domain import DomainSpec
from framework.spec.relationship import RelationshipSpec
from framework.spec.resource import ResourceSpec


@dataclass(frozen=True, slots=True)
class Loader:
    """Reads records for a session through one reader."""

    session: Session
    reader: Reads

    @property
    def domain(self) -> DomainSpec:
        """The domain of the records."""
        return self.session.domain

    async def records(self, resource: ResourceSpec, query: Query, where: Node | None = None) -> list[Any]:
        """The records asked for, in order, loaded; `where` narrows further than the query."""
        selection = Selection(
            resource,
            values_needed(resource, query),
            every(query.filter, where),
            orderings(full_sort(query, resource), query.direction),
            query.limit,
            query.offset,
            lock=query.lock,
        )
        return await self._loaded(resource, await self.reader.read(selection), query)

    async def _loaded(self, resource: ResourceSpec, rows: Sequence[Row], query: Query) -> list[Any]:
        """The records of rows that were read, each value and the other ends of links under their keys."""
        loaded: list[dict[str, Any]] = [dict(row) for row in rows]
        for load in query.values:
            if load.key != load.name:
                for values, row in zip(loaded, rows, strict=True):
                    values[load.key] = row[load.name]
        for link in query.related:
            for values, ends in zip(loaded, await self._ends(resource, link, rows), strict=True):
                values[link.key] = ends
        if query.may and rows:
            keys = [row[resource.key.name] for row in rows]
            found = await permissions_on(self.session, resource, keys, self.reader, actions=query.may)
            for values, key in zip(loaded, keys, strict=True):
                values[PERMISSIONS] = {name: permission.told() for name, permission in found[key].items()}
        return [resource.record.of(values) for values in loaded]

    async def _ends(self, resource: ResourceSpec, load: LoadRelated, rows: Sequence[Row]) -> list[Any]:
        """What stands at the other end of a link, for each row."""
        link, query = resource.relationships[load.name], load.query
        reached = await self._reached(link, rows)
        wanted = tuple(dict.fromkeys(chain.from_iterable(reached)))
        by_key: defaultdict[Any, list[tuple[int, Any]]] = defaultdict(list)
        for place, (key, record) in enumerate(await self._related(link, query, wanted) if wanted else ()):
            by_key[key].append((place, record))
        ends = [[end for _, end in sorted(chain.from_iterable(by_key[key] for key in keys))] for keys in reached]
        if not link.many:
            return [next(iter(found), None) for found in ends]
        return [_cut(found, query) for found in ends] if len(link.hops) > 1 else ends

    async def _reached(self, link: RelationshipSpec, rows: Sequence[Row]) -> list[list[Any]]:
        """What the ends of a link have as its `target_attribute`, for each row: each hop on the way is one read."""
        reached = [[row[link.attribute]] for row in rows]
        for hop, onward in pairwise(link.hops):
            between = self.domain.resources[hop.target]
            where = Among(Ref(hop.target_attribute), tuple(dict.fromkeys(chain.from_iterable(reached))))
            names = tuple(dict.fromkeys((hop.target_attribute, onward.attribute)))
            met: defaultdict[Any, list[Any]] = defaultdict(list)
            for row in await self.reader.read(Selection(between, names, where)):
                met[row[hop.target_attribute]].append(row[onward.attribute])
            reached = [[*chain.from_iterable(met[key] for key in keys)] for keys in reached]
        return [[key for key in dict.fromkeys(keys) if key is not None] for keys in reached]

    async def _related(
        self, link: RelationshipSpec, query: Query, wanted: tuple[Any, ...]
    ) -> Iterable[tuple[Any, Any]]:
        """The records at the end of a link, in order, each with what it has as the `target_attribute`."""
        target = self.domain.target(link)
        asked = None if query.filter is None else typed_condition(query.filter, target, self.domain)
        # Over several hops an end may be that of many rows, so each row's are counted once they are known.
        paged = link.many and len(link.hops) == 1 and (query.limit is not None or query.offset is not None)
        selection = Selection(
            target,
            tuple(dict.fromkeys((*values_needed(target, query), link.target_attribute))),
            every(asked, Among(Ref(link.target_attribute), wanted)),
            orderings(full_sort(query, target), query.direction),
            query.limit if paged else None,
            query.offset if paged else None,
            link.target_attribute if paged else None,
        )
        rows = await self.reader.read(selection)
        return zip([row[link.target_attribute] for row in rows], await self._loaded(target, rows, query), strict=True)


def _cut(found: list[Any], query: Query) -> list[Any]:
    start = query.offset or 0
    return found[start : None if query.limit is None else start + query.limit]


async def as_asked(session: Session, resource: ResourceSpec, keys: Sequence[Any], asked: Query) -> dict[Any, Any]:
    """The records of these keys by key, if more is asked of them than the values that every write gives, or something
    may be hidden from the session."""
    derived = any(load.name in resource.derived for load in asked.values)
    if not derived and not asked.related and not asked.may and not hides(session, resource):
        return {}
    key = resource.key.name
    async with session.snapshot_read() as reader:
        found = await Loader(session, reader).records(resource, asked, Among(Ref(key), tuple(keys)))
    return {record[key]: record for record in found}


def hides(session: Session, resource: ResourceSpec) -> bool:
    """Whether the session may not see all there is of the resource."""
    return session.scope is not None and (resource.name in session.scope.rows or resource.name in session.scope.fields)


def values_needed(resource: ResourceSpec, query: Query) -> tuple[str, ...]:
    """The values to read: those asked for, the key, and the keys of the links to follow. Raises Invalid."""
    check_load_keys(query, resource)
    chosen = [value_named(resource, load.name).name for load in query.values] or resource.attributes
    links = (link_named(resource, load.name).attribute for load in query.related)
    return tuple(dict.fromkeys((*chosen, resource.key.name, *links)))
