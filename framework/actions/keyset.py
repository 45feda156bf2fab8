"""Pages by the last record seen: a place in the order as a condition, and the order read backwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from framework.actions.load_keys import check_load_keys
from framework.actions.query import Direction, Keys, LoadRelated, LoadValue, Query, Sort
from framework.data.selection import Ordering
from framework.errors import Invalid
from framework.expr.beyond import Beyond
from framework.expr.bind import rooted_at
from framework.expr.nodes import FALSE, Combine, Compare, Comparison, IsNull, Logic, Node, Not, Value, along, every
from framework.expr.scopes import Start
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec

# The keys under which a record keeps a value, one for each link on the way to it.
Way = tuple[str, ...]


def full_sort(query: Query, resource: ResourceSpec) -> tuple[Sort, ...]:
    """The order asked for, made total by the primary key: no two records share a place in it."""
    key = resource.key.name
    for sort in query.sort:
        if sort.about is not None:
            rooted_at(Start(sort.about, along(*sort.path)), resource.record)
    if any(sort.path == (key,) for sort in query.sort):
        return query.sort
    descending = query.sort[-1].descending if query.sort else False
    return (*query.sort, Sort((key,), descending))


def orderings(sort: Sequence[Sort], direction: Direction) -> tuple[Ordering, ...]:
    """What the data layer sorts by to read a page from its near end."""
    backward = direction is Direction.BACKWARD
    return tuple(Ordering(along(*item.path), item.descending != backward, backward) for item in sort)


def place_filter(sort: Sequence[Sort], resource: ResourceSpec, after: Keys | None, before: Keys | None) -> Node:
    """The condition of lying after one place and before another."""
    return every(
        None if after is None else _beyond(sort, resource, after, Direction.FORWARD),
        None if before is None else _beyond(sort, resource, before, Direction.BACKWARD),
    )


def loading_order(
    query: Query, sort: Sequence[Sort], resource: ResourceSpec, domain: DomainSpec
) -> tuple[Query, tuple[Way, ...]]:
    """The query with every value that it sorts by among its loads, and where a record then keeps each."""
    ways: list[Way] = []
    for item in sort:
        query, way = _loading(query, item.path, resource, domain)
        ways.append(way)
    return query, tuple(ways)


def keys_of(record: Any, ways: Sequence[Way]) -> Keys:
    """A record's place in the order."""
    return tuple(_at(record, way) for way in ways)


def _loading(query: Query, path: tuple[str, ...], resource: ResourceSpec, domain: DomainSpec) -> tuple[Query, Way]:
    check_load_keys(query, resource)
    name, *rest = path
    if not rest:
        if not query.values and name in resource.derived:
            query = query.having(*(LoadValue(attribute) for attribute in resource.attributes))
        return query.having(LoadValue(name)) if query.values else query, (name,)
    link = resource.relationships[name]
    target = domain.target(link)
    known = next((load for load in query.related if load.name == name and load.query.filter is None), None)
    # A link that is loaded with a filter of its own may lead nowhere, where the order does not.
    load = known or LoadRelated(name, Query().selecting(target.key.name), f"{name} to sort by")
    inner, way = _loading(load.query, tuple(rest), target, domain)
    return query.having(LoadRelated(name, inner, load.key)), (load.key, *way)


def _at(record: Any, way: Way) -> Any:
    for key in way:
        record = None if record is None else record[key]
    return record


def _beyond(sort: Sequence[Sort], resource: ResourceSpec, keys: Keys, direction: Direction) -> Node:
    """Further along than the keys: equal on the first i of them and beyond on the next, for some i.

    Said so that an index leads to the place: in one comparison where all go one way and none may be absent, and else
    with what is true of the first value in any case.
    """
    if len(keys) != len(sort):
        raise Invalid("the cursor belongs to another order", code="bad_cursor")
    leading = next((place for place, item in enumerate(sort) if not _is_required(item, resource)), len(sort))
    down = [item.descending == (direction is Direction.FORWARD) for item in sort]
    items, places = tuple(along(*item.path) for item in sort), tuple(map(Value, keys))
    if 1 < leading == len(sort) and len(set(down)) == 1:
        return Beyond(places, items) if down[0] else Beyond(items, places)
    options: list[Node] = []
    for index, item in enumerate(sort):
        same = [_same(along(*s.path), v) for s, v in zip(sort[:index], keys[:index], strict=True)]
        options.append(every(*same, _past(along(*item.path), keys[index], item.descending, direction)))
    bound = (
        Compare(Comparison.LE if down[0] else Comparison.GE, items[0], places[0]) if leading and options[1:] else None
    )
    return every(bound, Combine(Logic.OR, tuple(options)))


def _is_required(sort: Sort, resource: ResourceSpec) -> bool:
    """Whether it is by a stored value that every record has, and that is hidden of none."""
    stored = resource.attributes.get(sort.path[0]) if len(sort.path) == 1 else None
    said = None if stored is None else resource.field_policies.get(stored.name)
    return stored is not None and not stored.type.nullable and not (said is not None and said.readable)


def _same(by: Node, value: Any) -> Node:
    return IsNull(by) if value is None else Compare(Comparison.EQ, by, Value(value))


def _past(by: Node, value: Any, descending: bool, direction: Direction) -> Node:  # noqa: FBT001 - a fact, not a switch
    """Absent values stand at the end of the order, whichever way it sorts."""
    forward = direction is Direction.FORWARD
    if value is None:
        return FALSE if forward else Not(IsNull(by))
    further = Compare(Comparison.LT if descending == forward else Comparison.GT, by, Value(value))
    return Combine(Logic.OR, (further, IsNull(by))) if forward else further
