"""Leaks, each planted in the one place that keeps it shut: what is said of one is what the attacker has to find."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from framework.actions import authorize, load, pipeline
from framework.actions.changeset import Changeset
from framework.actions.permission import permits
from framework.actions.records import rows_of
from framework.actions.session import Session
from framework.data import memory, row_view, selecting
from framework.data.row_view import MemoryStore, RowView
from framework.expr import evaluate
from framework.expr.nodes import Node

Patch = pytest.MonkeyPatch
Plant = Callable[[Patch], None]


@dataclass(frozen=True)
class Planted:
    """A leak, and how it is planted."""

    says: str
    plant: Plant


def aggregates_see_hidden_rows(patch: Patch) -> None:
    plain = evaluate._aggregate
    patch.setattr(evaluate, "_aggregate", lambda node, seen: plain(node, tuple(each.whole() for each in seen)))


def sorts_see_hidden_values(patch: Patch) -> None:
    patch.setattr(selecting, "evaluate", lambda node, record: evaluate.evaluate(node, record.whole()))


def loads_see_hidden_records(patch: Patch) -> None:
    plain = load.Loader._related

    async def related(loader: load.Loader, *asked: Any) -> Any:
        return await plain(replace(loader, reader=loader.reader.scoped(None)), *asked)

    patch.setattr(load.Loader, "_related", related)


def filters_lead_through_hidden_records(patch: Patch) -> None:
    def related(record: RowView, link: str) -> Sequence[RowView]:
        found = [record]
        for hop in record.spec.relationships[link].hops:
            target = record.store.domain.resources[hop.target]
            rows = (
                row
                for each in found
                for row in record.store.stored.matching(target.name, hop.target_attribute, each.value(hop.attribute))
            )
            found = [RowView(row, target, record.store) for row in rows]
        return found

    patch.setattr(row_view.RowView, "related", related)


def totals_count_hidden_records(patch: Patch) -> None:
    async def count(reads: Any, resource: Any, where: Node | None) -> int:
        whole: MemoryStore = reads.seen().whole()
        return sum(evaluate.holds(where, record) for record in whole.all(resource))

    patch.setattr(memory._MemoryReads, "count", count)


def hidden_records_are_forbidden(patch: Patch) -> None:
    async def seen(changesets: Any, reader: Any, lock: Any) -> Any:
        return await rows_of(changesets, reader.scoped(None), lock)

    patch.setattr(permits, "rows_of", seen)


def keys_lead_to_hidden_records(patch: Patch) -> None:
    async def held_to_links(changesets: Sequence[Changeset], session: Session) -> list[Changeset]:
        return list(changesets)

    patch.setattr(pipeline, "held_to_links", held_to_links)


def input_is_looked_at_first(patch: Patch) -> None:
    async def hidden_first(changesets: Sequence[Changeset], session: Session) -> list[Changeset]:
        return list(changesets)

    patch.setattr(authorize, "hidden_first", hidden_first)


LEAKS = (
    Planted("an aggregate over hidden records", aggregates_see_hidden_rows),
    Planted("a sort by a hidden value", sorts_see_hidden_values),
    Planted("a link loaded to a hidden record", loads_see_hidden_records),
    Planted("a filter through a hidden record", filters_lead_through_hidden_records),
    Planted("a total of hidden records", totals_count_hidden_records),
    Planted("forbidden instead of not found", hidden_records_are_forbidden),
    Planted("a key that leads to a hidden record", keys_lead_to_hidden_records),
    Planted("what is wrong with the input of a call about a hidden record", input_is_looked_at_first),
)
