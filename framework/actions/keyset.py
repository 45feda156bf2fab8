"""Pages by the last record seen: a place in the order as a condition, and the order read backwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from framework.actions.query import Direction, Keys, Query, Sort
from framework.data.selection import Ordering
from framework.errors import Invalid
from framework.expr.nodes import FALSE, Combine, Compare, Comparison, IsNull, Logic, Node, Not, Ref, Value, every
from framework.spec.resource import ResourceSpec


def full_sort(query: Query, resource: ResourceSpec) -> tuple[Sort, ...]:
    """The order asked for, made total by the primary key: no two records share a place in it."""
    key = resource.key.name
    if any(sort.path == (key,) for sort in query.sort):
        return query.sort
    descending = query.sort[-1].descending if query.sort else False
    return (*query.sort, Sort((key,), descending))


def orderings(sort: Sequence[Sort], direction: Direction) -> tuple[Ordering, ...]:
    """What the data layer sorts by to read a page from its near end."""
    backward = direction is Direction.BACKWARD
    return tuple(Ordering(Ref(item.path), item.descending != backward, backward) for item in sort)


def place_filter(query: Query, sort: Sequence[Sort]) -> Node:
    """The condition of lying after `query.after` and before `query.before`."""
    after = None if query.after is None else _beyond(sort, query.after, Direction.FORWARD)
    before = None if query.before is None else _beyond(sort, query.before, Direction.BACKWARD)
    return every(after, before)


def keys_of(record: Any, sort: Sequence[Sort]) -> Keys:
    """A record's place in the order."""
    return tuple(_at(record, item.path) for item in sort)


def _at(record: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        record = None if record is None else record[name]
    return record


def _beyond(sort: Sequence[Sort], keys: Keys, direction: Direction) -> Node:
    """Further along than the keys: equal on the first i of them and beyond on the next, for some i."""
    if len(keys) != len(sort):
        raise Invalid("the cursor belongs to another order", code="bad_cursor")
    options: list[Node] = []
    for index, item in enumerate(sort):
        same = [_same(Ref(s.path), v) for s, v in zip(sort[:index], keys[:index], strict=True)]
        options.append(every(*same, _past(Ref(item.path), keys[index], item.descending, direction)))
    return Combine(Logic.OR, tuple(options))


def _same(by: Ref, value: Any) -> Node:
    return IsNull(by) if value is None else Compare(Comparison.EQ, by, Value(value))


def _past(by: Ref, value: Any, descending: bool, direction: Direction) -> Node:  # noqa: FBT001 - a fact, not a switch
    """Absent values stand at the end of the order, whichever way it sorts."""
    forward = direction is Direction.FORWARD
    if value is None:
        return FALSE if forward else Not(IsNull(by))
    further = Compare(Comparison.LT if descending == forward else Comparison.GT, by, Value(value))
    return Combine(Logic.OR, (further, IsNull(by))) if forward else further
