"""A selection answered from memory: filter, sort, cut, and pick the values."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from functools import partial
from operator import attrgetter
from typing import Any

from framework.data.protocols import Row
from framework.data.row_view import MemoryStore, RowView
from framework.data.selection import Selection
from framework.expr.comparing import ordered
from framework.expr.evaluate import evaluate, holds
from framework.types.type import STRUCTURED, Kind

COPIED = STRUCTURED | {Kind.VECTOR}


def selected(store: MemoryStore, selection: Selection) -> list[Row]:
    """The rows selected, each with the values asked for; what the sort leaves open, the primary key decides."""
    found = [record for record in store.all(selection.resource) if holds(selection.filter, record)]
    found = ordered(found, attrgetter("key"))
    for ordering in reversed(selection.sort):
        found = ordered(
            found, partial(evaluate, ordering.by), descending=ordering.descending, nulls_first=ordering.nulls_first
        )
    return [values_of(record, selection.values) for record in _cut(found, selection)]


def values_of(record: RowView, names: Sequence[str]) -> dict[str, Any]:
    """The values of those names; what could be changed in place is copied."""
    kinds = record.spec.values
    picked = {name: record.value(name) for name in names}
    return {name: deepcopy(value) if kinds[name].type.kind in COPIED else value for name, value in picked.items()}


def _cut(found: Sequence[RowView], selection: Selection) -> Sequence[RowView]:
    start = selection.offset or 0
    stop = None if selection.limit is None else start + selection.limit
    if selection.partition is None:
        return found[start:stop]
    passed: dict[Any, int] = {}
    kept: list[RowView] = []
    for record in found:
        owner = record.value(selection.partition)
        place = passed[owner] = passed.get(owner, -1) + 1
        if start <= place and (stop is None or place < stop):
            kept.append(record)
    return kept
