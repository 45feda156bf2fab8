"""From a selection to one query: whatever is asked for at every level is read in one statement for each link.

A record keeps the other ends of a link under the link's name and the arguments it was asked with. So a link that is
asked for twice with different arguments is kept twice, and every field of the answer finds its own, under whatever
aliases it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from framework.actions.page_size import page_size
from framework.actions.query import LoadRelated, LoadValue, Query
from framework.graphql.names import CAN
from framework.graphql.selection import Selected, Selection, fields_of, names_of, storage_key
from framework.graphql.types import Records, pages_of
from framework.naming import camel
from framework.spec.relationship import RelationshipSpec
from framework.spec.resource import ResourceSpec


@dataclass(frozen=True, slots=True)
class Planner:
    """Says what is read for the selections on the records of one schema."""

    records: Records

    def query(self, selections: Iterable[Selection], spec: ResourceSpec) -> Query:
        """What to read for these selections on records of a resource."""
        values = {"id": spec.key.name, **{camel(name): name for name in spec.public_values}}
        links = {camel(name): link for name, link in spec.public_relationships.items()}
        chosen = dict.fromkeys((spec.key.name,))
        followed: dict[str, list[Selected]] = {}
        asked: set[str] = set()
        for field in fields_of(selections):
            if field.name == CAN:
                asked |= names_of(field.selections)
            elif field.name in values:
                chosen[values[field.name]] = None
            elif field.name in links:
                followed.setdefault(storage_key(links[field.name].name, field.arguments), []).append(field)
        related = (self._related(links[fields[0].name], key, fields) for key, fields in followed.items())
        may = tuple(action.name for action in spec.record_actions if camel(action.name) in asked)
        return Query(loads=(*map(LoadValue, chosen), *related), may=may)

    def _related(self, link: RelationshipSpec, key: str, fields: list[Selected]) -> LoadRelated:
        """What is read at the other end of a link, for fields with the same arguments."""
        target = self.records.domain.target(link)
        query = self.query([inner for field in fields for inner in field.selections], target)
        return LoadRelated(link.name, self._listed(query, target, fields[0]) if link.many else query, key)

    def _listed(self, query: Query, target: ResourceSpec, field: Selected) -> Query:
        arguments: Mapping[str, Any] = field.arguments
        return replace(
            query,
            filter=self.records.filters.parse(arguments.get("filter"), target, (field.key, "filter")),
            sort=self.records.sorts.parse(arguments.get("sort"), target, (field.key, "sort")),
            limit=page_size(arguments.get("first"), pages_of(target), of=f"a list of {target.name}", path=("first",)),
        )
