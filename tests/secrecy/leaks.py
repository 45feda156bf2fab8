"""Leaks, each planted in the one place that keeps it shut: what is said of one is what the attacker has to find."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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
from framework.declare.resource import Resource
from framework.events import changes, notifier
from framework.expr import evaluate
from framework.expr.nodes import Node
from framework.policy import tenants
from framework.spec.resource import ResourceSpec
from framework.sql.clauses import sight
from framework.sql.clauses.binding import Clause
from framework.sql.clauses.table_scope import TableScope

Patch = pytest.MonkeyPatch
Plant = Callable[[Patch], None]


@dataclass(frozen=True)
class Planted:
    """A leak, how it is planted, and the attack that comes upon it soon; `stored` is one of statements."""

    says: str
    plant: Plant
    attack: int
    stored: bool = False


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


def tenants_are_not_told_apart(patch: Patch) -> None:
    patch.setattr(tenants, "_condition", lambda spec, tenant: None)


def input_is_looked_at_first(patch: Patch) -> None:
    async def hidden_first(changesets: Sequence[Changeset], session: Session) -> list[Changeset]:
        return list(changesets)

    patch.setattr(authorize, "hidden_first", hidden_first)


def filters_see_hidden_values(patch: Patch) -> None:
    def found(condition: Node | None, record: RowView) -> bool:
        return evaluate.holds(condition, replace(record, store=_fieldless(record.store)))

    patch.setattr(selecting, "holds", found)


def _fieldless(store: MemoryStore) -> MemoryStore:
    return store if store.scope is None else replace(store, scope=store.scope.of_rows)


def events_tell_hidden_values(patch: Patch) -> None:
    def told(resource: ResourceSpec, record: Resource, names: Iterable[str]) -> dict[str, Any]:
        attributes = resource.attributes
        return {name: attributes[name].type.dump(record[name]) for name in names if name in attributes}

    patch.setattr(notifier, "_told", told)


def events_of_hidden_records_are_told(patch: Patch) -> None:
    async def is_told_without(shown: changes.Shown, change: changes.Change) -> bool:
        return True

    patch.setattr(changes.Shown, "is_told_without", is_told_without)


def statements_read_hidden_values(patch: Patch) -> None:
    patch.setattr(sight.ScopeSight, "field", lambda seen, scope, name: None)


def statements_read_hidden_records_by_links(patch: Patch) -> None:
    plain = sight.ScopeSight.row

    def row(seen: sight.ScopeSight, scope: TableScope) -> Clause | None:
        return plain(seen, scope) if scope.around is None else None

    patch.setattr(sight.ScopeSight, "row", row)


LEAKS = (
    Planted("an aggregate over hidden records", aggregates_see_hidden_rows, 1),
    Planted("a sort by a hidden value", sorts_see_hidden_values, 7),
    Planted("a link loaded to a hidden record", loads_see_hidden_records, 0),
    Planted("a filter through a hidden record", filters_lead_through_hidden_records, 0),
    Planted("a total of hidden records", totals_count_hidden_records, 1),
    Planted("forbidden instead of not found", hidden_records_are_forbidden, 1),
    Planted("a key that leads to a hidden record", keys_lead_to_hidden_records, 4),
    Planted("a filter by a hidden value", filters_see_hidden_values, 2),
    Planted("a hidden value in an event", events_tell_hidden_values, 2),
    Planted("an event of a hidden record", events_of_hidden_records_are_told, 11),
    Planted("a hidden value in a statement", statements_read_hidden_values, 1, stored=True),
    Planted("a hidden record by a link in a statement", statements_read_hidden_records_by_links, 1, stored=True),
    Planted("a record of another tenant", tenants_are_not_told_apart, 6),
    Planted("what is wrong with the input of a call about a hidden record", input_is_looked_at_first, 2),
)
