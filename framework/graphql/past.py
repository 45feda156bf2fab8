"""What was done to a record, as a query field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from strawberry.scalars import ID, JSON
from strawberry.types.info import Info

from framework.audit.history import ENTRIES, MOST_ENTRIES, HistoryOf, has_history, history_of
from framework.graphql.build import Argument, Field, FieldResolution, fill, many, maybe, object_type
from framework.graphql.context import context_of
from framework.graphql.names import history_field
from framework.graphql.queries import ID_ARGUMENT
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec

FIRST = Argument(
    "first", maybe(int), f"How many at most, {ENTRIES} if nothing is said and no more than {MOST_ENTRIES}."
)
AFTER = Argument("after", maybe(str), "`next` of the page before this one.")


def history_fields(domain: DomainSpec) -> Iterator[Field]:
    """A field for every resource whose changes are told; all give the same type."""
    told = [spec for spec in domain.stored if has_history(spec, domain)]
    if not told:
        return
    entry = object_type("HistoryEntry", "Something that was done to a record.")
    fill(
        entry,
        [
            Field("cursor", str, "Give it as `after` for what was done before."),
            Field("at", datetime),
            Field("action", str),
            Field("actor", maybe(str), "Who did it: kind and id."),
            Field("requestId", ID, "The request it was part of.", source="request_id"),
            Field("data", JSON, "The public values it wrote."),
            Field("before", maybe(JSON), "What they were, where that is kept."),
        ],
    )
    page = object_type("History", "What was done to a record, the latest first.")
    fill(
        page, [Field("entries", many(entry)), Field("next", maybe(str), "The cursor of what is older, if anything is.")]
    )
    yield from (_of(spec, page) for spec in told)


def _of(spec: ResourceSpec, page: type) -> Field:
    async def resolve(_source: Any, info: Info, arguments: Mapping[str, Any]) -> Any:
        first = arguments.get("first")
        wanted = HistoryOf(spec, arguments["id"], ENTRIES if first is None else first, arguments.get("after"))
        found = await history_of(context_of(info.context).session, wanted)
        return {"entries": found.told(), "next": found.next}

    return Field(
        history_field(spec),
        maybe(page),
        f"What was done to one {spec.name}, and by whom; null and an error `not_found` when there is none.",
        resolve=resolve,
        arguments=(ID_ARGUMENT, FIRST, AFTER),
        resolution=FieldResolution.ASYNC,
    )
