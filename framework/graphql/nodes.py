"""Any record by its id alone: ids are unique over all resources, so the one that has it is found by asking each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from strawberry.types.info import Info

from framework.errors import Forbidden, NotFound
from framework.graphql.build import Field, FieldResolution, maybe
from framework.graphql.context import context_of
from framework.graphql.loading import Planner
from framework.graphql.queries import ID_ARGUMENT
from framework.graphql.selection import chosen, on_type
from framework.graphql.types import NODE, Records, is_node
from framework.spec.resource import ResourceSpec


def node_field(records: Records) -> Field | None:
    """The query `node`, when there is any resource whose records it can find."""
    specs = [spec for spec in records.domain.stored if is_node(spec)]
    if not specs:
        return None
    for spec in specs:
        records.of(spec)

    async def resolve(_source: Any, info: Info, arguments: Mapping[str, Any]) -> Any:
        return await _found(info, records, specs, arguments["id"])

    return Field(
        "node",
        maybe(records.node),
        "The record with this id, whatever it is; null and an error `not_found` when there is none.",
        resolve=resolve,
        arguments=(ID_ARGUMENT,),
        resolution=FieldResolution.ASYNC,
    )


async def _found(info: Info, records: Records, specs: Sequence[ResourceSpec], id: str) -> Any:  # noqa: A002
    session, planner = context_of(info.context).session, Planner(records)
    selections = chosen(info)
    for spec in specs:
        assert spec.reader is not None
        query = planner.query(on_type(selections, spec.name, NODE), spec)
        with suppress(Forbidden):
            (found,) = await session.find(spec.reader, [id], query)
            if found is not None:
                return found
    raise NotFound.record("record", id)
