"""Events as streams: changes of records, and the progress of jobs; each item carries the cursor to resume after."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from strawberry.scalars import ID
from strawberry.types.info import Info

from framework.events.changes import ChangesOf, open_changes
from framework.events.progress import ProgressOf, open_progress, progress_types
from framework.events.reading import existing_key
from framework.graphql.build import Argument, Field, FieldResolution, fill, maybe, object_type
from framework.graphql.context import GraphqlContext, context_of
from framework.graphql.loading import Planner
from framework.graphql.names import changed_field, enum_type, key_field, progress_field, reporting
from framework.graphql.queries import ID_ARGUMENT
from framework.graphql.selection import chosen, under
from framework.graphql.types import Records
from framework.naming import pascal
from framework.spec.action import ActionSpec
from framework.spec.resource import ResourceSpec

AFTER = Argument("after", maybe(str), "The cursor of the last item received: everything later comes, once, in order.")
DID = "The action that did it; `cascade` where it went with another record, `nullify` where it lost its link to one."
CURSOR = Field("cursor", str, "To resume after this item.")


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """The subscription fields of one schema."""

    records: Records

    def fields(self) -> Iterator[Field]:
        """Every subscription field, in the order of declaration."""
        for spec in self.records.domain.stored:
            if spec.reader is not None and spec.reader.public and spec.leaves_events:
                yield self._changed(spec)
            for action in reporting(spec):
                yield self._progress(spec, action)

    def _changed(self, spec: ResourceSpec) -> Field:
        field = changed_field(spec)
        item = object_type(pascal(field).removesuffix("Changed") + "Change", f"What happened to one {spec.name}.")
        record = Field(key_field(spec), maybe(self.records.of(spec)), "It as it is now; null when it is no more.")
        did = Field("action", str, DID)
        fill(item, [CURSOR, did, Field("id", ID, f"The {spec.name} it happened to."), record])
        changes = Changes(self.records, spec)

        def resolve(_source: Any, info: Info, arguments: Mapping[str, Any]) -> AsyncIterator[Any]:
            return changes.follow(info, arguments)

        narrowing = self.records.narrowing(spec)[0]
        arguments = (Argument("id", maybe(ID), "Only this record."), narrowing, AFTER)
        doc = f"Every change of {spec.name} records; with a filter, of those that satisfy it by then."
        return Field(field, item, doc, resolve=resolve, arguments=arguments, resolution=FieldResolution.STREAM)

    def _progress(self, spec: ResourceSpec, job: ActionSpec) -> Field:
        field = progress_field(spec, job)
        assert job.job is not None
        assert job.job.progress is not None
        shown = self.records.values.output(job.job.progress.optional(), enum_type(spec.name, "progress"))
        item = object_type(f"{pascal(field)}Entry", f"How far `{job.name}` has come.")
        doc = "What the job reports; null while it is paused, and once it has ended."
        # What came through the log is JSON already.
        progress = Field("progress", shown.annotation, doc)
        state = Field("state", str, "`running`, `paused`, or how the job ended: `succeeded`, `failed`, `cancelled`.")
        error = Field("error", maybe(str), "What went wrong, when it failed.")
        fill(item, [CURSOR, Field("at", datetime, "When it was reported."), state, progress, error])
        interest = progress_types(job)

        def resolve(_source: Any, info: Info, arguments: Mapping[str, Any]) -> AsyncIterator[Any]:
            return reports(context_of(info.context), spec, interest, arguments)

        arguments = (ID_ARGUMENT, AFTER)
        doc = f"What `{job.name}` of one {spec.name} reports, from the first report to its end."
        return Field(field, item, doc, resolve=resolve, arguments=arguments, resolution=FieldResolution.STREAM)


@dataclass(frozen=True, slots=True)
class Changes:
    """The changes of the records of a resource."""

    records: Records
    spec: ResourceSpec

    async def follow(self, info: Info, arguments: Mapping[str, Any]) -> AsyncIterator[dict[str, Any]]:
        """Each change, with the record as it is when the change is told."""
        context = context_of(info.context)
        filtered = self.records.filters.parse(arguments.get("filter"), self.spec)
        shown = Planner(self.records).query(under(chosen(info), key_field(self.spec)), self.spec)
        wanted = ChangesOf(self.spec, replace(shown, filter=filtered), arguments.get("id"))
        stream = await open_changes(context.session, context.feed, wanted, arguments.get("after"))
        async with aclosing(stream.items) as changes:
            async for change in changes:
                yield {
                    "cursor": change.entry.cursor,
                    "action": change.action.name,
                    "id": change.entry.target_id,
                    key_field(self.spec): change.record,
                }


async def reports(
    context: GraphqlContext, spec: ResourceSpec, types: frozenset[str], arguments: Mapping[str, Any]
) -> AsyncIterator[dict[str, Any]]:
    """What the job of one record reports."""
    wanted = ProgressOf(spec, await existing_key(context.session, spec, arguments["id"]), types)
    stream = await open_progress(context.session, context.feed, wanted, arguments.get("after"))
    if stream is None:
        return
    async with aclosing(stream.items) as found:
        async for report in found:
            yield {
                "cursor": report.entry.cursor,
                "at": report.entry.at,
                "state": report.state,
                "progress": report.progress,
                "error": None if report.error is None else report.error["message"],
            }
