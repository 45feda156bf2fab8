"""What a list is asked for: filter, order, page, what to show, and the arguments of its action."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from framework.actions.query import Direction, Place, Query, Sort
from framework.errors import Invalid
from framework.rest.endpoints import Endpoint
from framework.rest.filter_parameter import filter_tree
from framework.rest.parameters import Parameters, read_parameters
from framework.rest.selection import PARAMETERS as SELECTION
from framework.rest.selection import read_selection
from framework.spec.action import Paging
from framework.spec.domain import DomainSpec
from framework.types.type import Kind, Type
from framework.wire.cursor import decode_cursor
from framework.wire.filters import parse_filter
from framework.wire.operands import cast_operand
from framework.wire.sorting import parse_sort
from framework.wire.weighing import filter_cost, refuse_dear, sort_cost


class Count(StrEnum):
    """How a total is come by."""

    ESTIMATED = "estimated"
    EXACT = "exact"


NUMBER = Type(Kind.INTEGER, int)
COUNT = Type(Kind.ENUM, Count, choices=tuple(each.value for each in Count))
PLACES = {Paging.KEYSET: ("after", "before"), Paging.OFFSET: ("offset",)}


@dataclass(frozen=True, slots=True)
class Listing:
    """A question to a read, and how the number of all its records is asked for, if it is."""

    query: Query
    arguments: Mapping[str, Any]
    count: Count | None = None


def parameters_of(endpoint: Endpoint) -> tuple[str, ...]:
    """The names that the query string of a list may hold."""
    places = PLACES[endpoint.called.pagination.paging]
    return ("filter", "sort", "limit", *places, "count", *SELECTION, *endpoint.called.arguments)


def read_listing(endpoint: Endpoint, items: list[tuple[str, str]], domain: DomainSpec, *, most: int) -> Listing:
    """The question that a query string asks; raises Invalid, also where its filter and sort cost more than `most`."""
    spec, action = endpoint.resource, endpoint.called
    given = read_parameters(items, parameters_of(endpoint))
    tree = filter_tree(given)
    sorts = given.names("sort") or []
    refuse_dear(filter_cost(tree) + sort_cost(sum(1 + name.count(".") for name in sorts)), most)
    sort = parse_sort(sorts, spec, domain)
    after, before = (_place(given, name, sort, endpoint, domain=domain) for name in ("after", "before"))
    if after is not None and before is not None:
        raise Invalid("a page lies after a cursor or before one, not both", code="repeated", path=("before",))
    query = replace(
        read_selection(given, spec, domain),
        filter=parse_filter(tree, spec, domain) if tree else None,
        sort=sort,
        limit=_cast(given, "limit", NUMBER),
        offset=_cast(given, "offset", NUMBER),
        after=after,
        before=before,
        direction=Direction.FORWARD if before is None else Direction.BACKWARD,
    )
    arguments = {name: given.value(name, a.type) for name, a in action.arguments.items() if name in given.plain}
    return Listing(query, arguments, count=_cast(given, "count", COUNT))


def _place(
    given: Parameters, name: str, sort: tuple[Sort, ...], endpoint: Endpoint, *, domain: DomainSpec
) -> Place | None:
    text = given.one(name)
    return None if text is None else decode_cursor(text, sort, endpoint.resource, domain, path=(name,))


def _cast(given: Parameters, name: str, kind: Type) -> Any:
    text = given.one(name)
    if text is None:
        return None
    value, issues = cast_operand(text, kind, (name,))
    if issues:
        raise Invalid.of(issues)
    return value
