"""Rows → records, with what the query loads: one statement for each link that is loaded, however many the records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from framework.actions.keyset import full_sort, orderings
from framework.actions.query import LoadRelated, Query
from framework.data.protocols import Reads, Row
from framework.data.selection import Selection
from framework.expr.bind import about
from framework.expr.nodes import Among, Node, Ref, every
from framework.spec.asked import link_named, value_named
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec


@dataclass(frozen=True, slots=True)
class Loader:
    """Reads records of a domain through one reader."""

    domain: DomainSpec
    reader: Reads

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
        return [resource.record.of(values) for values in loaded]

    async def _ends(self, resource: ResourceSpec, load: LoadRelated, rows: Sequence[Row]) -> list[Any]:
        """What stands at the other end of a link, for each row."""
        link = resource.relationships[load.name]
        wanted = tuple(dict.fromkeys(key for row in rows if (key := row[link.attribute]) is not None))
        by_key: defaultdict[Any, list[Any]] = defaultdict(list)
        for related in await self._related(resource, load, wanted) if wanted else ():
            by_key[related[link.target_attribute]].append(related)
        if link.many:
            return [by_key[row[link.attribute]] for row in rows]
        return [next(iter(by_key[row[link.attribute]]), None) for row in rows]

    async def _related(self, resource: ResourceSpec, load: LoadRelated, wanted: tuple[Any, ...]) -> list[Any]:
        link, query = resource.relationships[load.name], load.query
        target = self.domain.target(link)
        paged = link.many and (query.limit is not None or query.offset is not None)
        selection = Selection(
            target,
            tuple(dict.fromkeys((*values_needed(target, query), link.target_attribute))),
            about(every(query.filter, Among(Ref(link.target_attribute), wanted)), target.record),
            orderings(full_sort(query, target), query.direction),
            query.limit if paged else None,
            query.offset if paged else None,
            link.target_attribute if paged else None,
        )
        return await self._loaded(target, await self.reader.read(selection), query)


def values_needed(resource: ResourceSpec, query: Query) -> tuple[str, ...]:
    """The values to read: those asked for, the key, and the keys of the links to follow."""
    chosen = [value_named(resource, load.name).name for load in query.values] or resource.attributes
    links = (link_named(resource, load.name).attribute for load in query.related)
    return tuple(dict.fromkeys((*chosen, resource.key.name, *links)))
