"""Rows → records, with what the query loads: one statement for each relationship of each level, never more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from framework.actions.keyset import full_sort, orderings
from framework.actions.query import Query
from framework.data.protocols import Reads
from framework.data.selection import Selection
from framework.declare.resource import Resource
from framework.expr.nodes import Among, Node, Ref, every
from framework.spec.domain import DomainSpec
from framework.spec.relationship import RelationshipSpec
from framework.spec.resource import ResourceSpec


@dataclass(frozen=True, slots=True)
class Loader:
    """Reads records of a domain through one reader."""

    domain: DomainSpec
    reader: Reads

    async def records(self, resource: ResourceSpec, query: Query, where: Node | None = None) -> list[Any]:
        """The records asked for, in order, loaded; `where` narrows further than the query."""
        sort = full_sort(query, resource)
        loads = _loads(query, sort)
        selection = Selection(
            resource,
            values_needed(resource, query, loads),
            every(query.filter, where),
            orderings(sort, query.direction),
            query.limit,
            query.offset,
            lock=query.lock,
        )
        rows = await self.reader.read(selection)
        return await self.complete(resource, [resource.record.of(row) for row in rows], loads)

    async def complete(
        self, resource: ResourceSpec, records: Sequence[Resource], loads: Mapping[str, Query]
    ) -> list[Any]:
        """The same records with the other ends of these links loaded."""
        extra: list[dict[str, Any]] = [{} for _ in records]
        for name, query in loads.items():
            ends = await self._follow(resource.relationships[name], records, query)
            for values, found in zip(extra, ends, strict=True):
                values[name] = found
        return [record.having(values) if values else record for record, values in zip(records, extra, strict=True)]

    async def _follow(self, link: RelationshipSpec, records: Sequence[Resource], query: Query) -> list[Any]:
        target = self.domain.target(link)
        keys = (record[link.attribute] for record in records)
        wanted = tuple(dict.fromkeys(key for key in keys if key is not None))
        by_key: defaultdict[Any, list[Any]] = defaultdict(list)
        for related in await self._related(link, target, query, wanted) if wanted else ():
            by_key[related[link.target_attribute]].append(related)
        if link.many:
            return [by_key[record[link.attribute]] for record in records]
        return [next(iter(by_key[record[link.attribute]]), None) for record in records]

    async def _related(
        self, link: RelationshipSpec, target: ResourceSpec, query: Query, wanted: tuple[Any, ...]
    ) -> list[Any]:
        sort = full_sort(query, target)
        loads = _loads(query, sort)
        paged = link.many and (query.limit is not None or query.offset is not None)
        selection = Selection(
            target,
            tuple(dict.fromkeys((*values_needed(target, query, loads), link.target_attribute))),
            every(query.filter, Among(Ref((link.target_attribute,)), wanted)),
            orderings(sort, query.direction),
            query.limit if paged else None,
            query.offset if paged else None,
            link.target_attribute if paged else None,
        )
        rows = await self.reader.read(selection)
        return await self.complete(target, [target.record.of(row) for row in rows], loads)


def values_needed(resource: ResourceSpec, query: Query, loads: Mapping[str, Query]) -> tuple[str, ...]:
    """The values to read: those selected, the key, those sorted by, and the keys of the links to follow."""
    chosen = tuple(resource.attributes) if query.select is None else query.select
    sorted_by = tuple(sort.path[0] for sort in query.sort if len(sort.path) == 1)
    links = tuple(resource.relationships[name].attribute for name in loads)
    return tuple(dict.fromkeys((*chosen, resource.key.name, *sorted_by, *links)))


def _loads(query: Query, sort: Sequence[Any]) -> dict[str, Query]:
    """What the query loads, and what its order needs at the ends of its paths."""
    loads = dict(query.load)
    for item in sort:
        if len(item.path) > 1:
            loads[item.path[0]] = _with_path(loads.get(item.path[0], Query(select=())), item.path[1:])
    return loads


def _with_path(query: Query, path: tuple[str, ...]) -> Query:
    if len(path) == 1:
        return query if query.select is None else query.selecting(*query.select, path[0])
    inner = query.load.get(path[0], Query(select=()))
    return query.loading(**{path[0]: _with_path(inner, path[1:])})
