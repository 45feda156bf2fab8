"""From a selection to one query: what is asked for at every level is read in one statement a level.

A link asked for twice with different arguments (by aliases) cannot be one statement: the first is part of
the query, each other one is found for all records of its level together and kept beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from framework.actions.query import Query
from framework.actions.session import Session
from framework.errors import Invalid
from framework.graphql.build import slot
from framework.graphql.selection import Selected, Selection, fields_of
from framework.graphql.types import Records, pages_of
from framework.naming import camel
from framework.spec.relationship import RelationshipSpec
from framework.spec.resource import ResourceSpec


@dataclass(frozen=True, slots=True)
class Further:
    """A link asked for once more: the slots its records belong in, and what is loaded of them."""

    link: str
    slots: tuple[str, ...]
    plan: Plan


@dataclass(frozen=True, slots=True)
class Plan:
    """What is read of the records of one level: `query` says all but the `further` ones."""

    spec: ResourceSpec
    query: Query
    links: Mapping[str, Plan]
    further: tuple[Further, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether the query alone reads everything."""
        return not self.further and all(plan.whole for plan in self.links.values())


@dataclass(frozen=True, slots=True)
class Planner:
    """Plans what is read for the selections on the records of one schema."""

    records: Records

    def plan(self, selections: Iterable[Selection], spec: ResourceSpec) -> Plan:
        """What to read for these selections on records of a resource."""
        values = {camel(name): name for name in spec.public_values}
        links = {camel(name): link for name, link in spec.public_relationships.items()}
        select = dict.fromkeys((spec.key.name,))
        followed: dict[str, list[list[Selected]]] = {}
        for field in fields_of(selections):
            if field.name in values:
                select[values[field.name]] = None
            elif field.name in links:
                _group(followed.setdefault(field.name, []), field)
        loads: dict[str, Plan] = {}
        further: list[Further] = []
        for name, groups in followed.items():
            link = links[name]
            first, *others = groups
            loads[link.name] = self._link(link, first)
            for group in others:
                slots = tuple(dict.fromkeys(slot(link.name, field.key) for field in group))
                further.append(Further(link.name, slots, self._link(link, group)))
        query = Query(select=tuple(select), load={name: plan.query for name, plan in loads.items()})
        return Plan(spec, query, loads, tuple(further))

    def _link(self, link: RelationshipSpec, fields: Sequence[Selected]) -> Plan:
        """What is read at the other end of a link, for fields with the same arguments."""
        target = self.records.domain.target(link)
        plan = self.plan([inner for field in fields for inner in field.selections], target)
        if not link.many:
            return plan
        arguments = fields[0].arguments
        at = (fields[0].key,)
        query = replace(
            plan.query,
            filter=self.records.filters.parse(arguments.get("filter"), target, (*at, "filter")),
            sort=self.records.sorts.parse(arguments.get("sort"), target, (*at, "sort")),
            limit=list_limit(arguments.get("first"), target),
        )
        return replace(plan, query=query)


@dataclass(frozen=True, slots=True)
class Completer:
    """Finds what queries could not read in one go, for all records of a level together."""

    session: Session

    async def records(self, plan: Plan, records: Sequence[Any]) -> list[Any]:
        """The records with everything the plan wants of them; absent ones (None) stay absent."""
        if plan.whole:
            return list(records)
        key = plan.spec.key.name
        # The same record may stand at the end of many links.
        unique = {record[key]: record for record in records if record is not None}
        if not unique:
            return list(records)
        values: dict[Any, dict[str, Any]] = {id_: {} for id_ in unique}
        for link, inner in plan.links.items():
            for id_, found in zip(unique, await self._along(link, inner, list(unique.values())), strict=True):
                values[id_][link] = found
        for more in plan.further:
            parents = await self._again(plan.spec, list(unique), more)
            for id_, found in zip(unique, await self._along(more.link, more.plan, parents), strict=True):
                values[id_].update(dict.fromkeys(more.slots, found))
        return [None if record is None else record.having(values[record[key]]) for record in records]

    async def _again(self, spec: ResourceSpec, ids: Sequence[Any], more: Further) -> list[Any]:
        if spec.reader is None:
            raise Invalid(f"`{more.link}` can be asked for once only: `{spec.name}` has no read", code="bad_query")
        return await self.session.find(spec.reader, ids, Query(select=(), load={more.link: more.plan.query}))

    async def _along(self, link: str, plan: Plan, records: Sequence[Any]) -> list[Any]:
        """What stands at the other end of a link of each record, complete; of a record that is gone, nothing."""
        related = [[] if record is None else record[link] for record in records]
        flat = [item for found in related for item in (found if isinstance(found, list) else [found])]
        done = iter(await self.records(plan, flat))
        return [[next(done) for _ in found] if isinstance(found, list) else next(done) for found in related]


def list_limit(first: Any, spec: ResourceSpec) -> int:
    """How many records a list holds for each record it belongs to."""
    pages = pages_of(spec)
    limit = pages.default if first is None else int(first)
    if not 0 <= limit <= pages.maximum:
        says = f"a list of {spec.name} holds 0 to {pages.maximum} records, not {limit}"
        raise Invalid(says, code="bad_page_size", path=("first",))
    return limit


def _group(groups: list[list[Selected]], field: Selected) -> None:
    """Puts a field with others that have the same arguments, and so lead to the same records."""
    for group in groups:
        if group[0].arguments == field.arguments:
            group.append(field)
            return
    groups.append([field])
