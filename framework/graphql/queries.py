"""Reads as query fields: one record by its id, and connections with filter, sort and page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from strawberry.scalars import ID
from strawberry.types.info import Info

from framework.actions.query import Query
from framework.errors import NotFound
from framework.graphql.build import Argument, Field, FieldResolution, maybe
from framework.graphql.context import context_of
from framework.graphql.input_names import InputNames
from framework.graphql.inputs import inputs_of
from framework.graphql.loading import Planner
from framework.graphql.names import read_field
from framework.graphql.paging import (
    Connections,
    connection_of,
    cursors_of,
    node_selections,
    paged,
    paging_arguments,
    wants_cursors,
    wants_page,
)
from framework.graphql.selection import Selection, chosen, names_of
from framework.graphql.types import Records
from framework.naming import record_field
from framework.spec.action import ActionKind, ActionSpec
from framework.spec.resource import ResourceSpec

# A key of any type is an ID, and read as its type has it where all keys are.
ID_ARGUMENT = Argument("id", ID)


@dataclass(frozen=True, slots=True)
class Queries:
    """The query fields of one schema."""

    records: Records
    connections: Connections

    def fields(self) -> Iterator[Field]:
        """Every query field, in the order of declaration."""
        for spec in self.records.domain.stored:
            reads = [action for action in spec.public_actions.values() if action.kind is ActionKind.READ]
            if spec.reader in reads:
                yield self._one(spec, spec.reader)
            for action in reads:
                yield self._many(spec, action)

    def _one(self, spec: ResourceSpec, action: ActionSpec) -> Field:
        planner, names = Planner(self.records), InputNames.of(spec, action)

        async def resolve(_source: Any, info: Info, arguments: Mapping[str, Any]) -> Any:
            with names.told():
                return await one_record(info, planner, spec, action, id=arguments["id"])

        return Field(
            record_field(spec.name),
            maybe(self.records.of(spec)),
            f"The {spec.name} with this id; null and an error `not_found` when there is none.",
            resolve=resolve,
            arguments=(ID_ARGUMENT,),
            resolution=FieldResolution.ASYNC,
        )

    def _many(self, spec: ResourceSpec, action: ActionSpec) -> Field:
        name = read_field(spec, action)
        inputs = inputs_of(self.records.values, spec, action, name)
        resolver = ConnectionResolver(self.records, spec, action)
        forward, backward = (InputNames.of(spec, action, limit=limit) for limit in ("first", "last"))

        async def resolve(_source: Any, info: Info, arguments: Mapping[str, Any]) -> Any:
            own = {key: value for key, value in arguments.items() if key in inputs.form.names}
            names = forward if arguments.get("last") is None else backward
            with names.told():
                return await resolver.connection(info, arguments, inputs.read(own))

        return Field(
            name,
            # Null when an argument is wrong, so that what stands beside it is answered.
            maybe(self.connections.of(spec)),
            action.doc or f"{spec.name} records, a page at a time.",
            resolve=resolve,
            arguments=(*paging_arguments(action), *self.records.narrowing(spec), *inputs.arguments),
            resolution=FieldResolution.ASYNC,
        )


@dataclass(frozen=True, slots=True)
class ConnectionResolver:
    """A read as a connection."""

    records: Records
    spec: ResourceSpec
    action: ActionSpec

    async def connection(self, info: Info, arguments: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The page asked for, with the total only when it is selected."""
        selections = chosen(info)
        session = context_of(info.context).session
        query = Query(
            filter=self.records.filters.parse(arguments.get("filter"), self.spec),
            sort=self.records.sorts.parse(arguments.get("sort"), self.spec),
        )
        found: dict[str, Any] = {}
        page = paged(query, arguments, self.action, self.records)
        if wants_page(selections):
            found = await self._page(info, page, selections, inputs)
        asked = names_of(selections)
        if asked & {"totalCount", "totalCountIsExact"}:
            total = await session.estimate(self.action, query, inputs)
            found |= {"totalCount": total.number, "totalCountIsExact": total.is_exact}
        if "exactTotalCount" in asked:
            found["exactTotalCount"] = await session.total(self.action, query, inputs)
        return found

    async def _page(
        self, info: Info, query: Query, selections: Sequence[Selection], inputs: Mapping[str, Any]
    ) -> dict[str, Any]:
        session = context_of(info.context).session
        wanted = Planner(self.records).query(node_selections(selections), self.spec)
        asked = replace(query, loads=wanted.loads, may=wanted.may)
        page = await session.page(self.action, asked, inputs)
        cursors: Sequence[str | None] = [None] * len(page.records)
        if wants_cursors(selections):
            cursors = cursors_of(page, query, self.spec, self.records)
        return connection_of(page, cursors)


async def one_record(info: Info, planner: Planner, spec: ResourceSpec, action: ActionSpec, *, id: Any) -> Any:  # noqa: A002
    """A record with what is selected of it; raises NotFound."""
    session = context_of(info.context).session
    (found,) = await session.find(action, [id], planner.query(chosen(info), spec))
    if found is None:
        raise NotFound.record(spec.name, id)
    return found
