"""Relay connections: from arguments to a query, and from a page to edges, nodes and cursors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from framework.actions.page_size import page_offset, page_size
from framework.actions.query import Direction, Page, Query
from framework.data.total import COUNTED
from framework.errors import Invalid
from framework.graphql.build import Argument, Field, fill, many, maybe, object_type
from framework.graphql.selection import Selection, names_of, under
from framework.graphql.types import Records
from framework.spec.action import ActionSpec, Paging
from framework.spec.resource import ResourceSpec
from framework.wire.cursor import decode_cursor, encode_cursor


class Connections:
    """The connection types of one schema."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._made: dict[str, type] = {}
        self._page_info = object_type("PageInfo", "Where a page lies among all the records found.")
        fill(self._page_info, _PAGE_INFO)

    def of(self, spec: ResourceSpec) -> type:
        """`ProgramConnection`."""
        if spec.name not in self._made:
            self._made[spec.name] = self._make(spec)
        return self._made[spec.name]

    def _make(self, spec: ResourceSpec) -> type:
        node = self._records.of(spec)
        edge = object_type(f"{spec.name}Edge", f"One {spec.name} and its place in the list.")
        fill(edge, [Field("cursor", str, "Its place, to go on after or before."), Field("node", node)])
        connection = object_type(f"{spec.name}Connection", f"One page of {spec.name} records.")
        fill(
            connection,
            [
                Field("edges", many(edge), "The records, each with its cursor."),
                Field("nodes", many(node), "The records."),
                Field("pageInfo", self._page_info),
                *(Field(name, kind, doc) for name, kind, doc in TOTALS),
            ],
        )
        return connection


TOTALS = (
    ("totalCount", int, f"How many there are on all pages: counted up to {COUNTED:,}, estimated beyond."),
    ("totalCountIsExact", bool, "Whether `totalCount` was counted, and not estimated."),
    ("exactTotalCount", int, "How many there are on all pages, counted one by one however many they are."),
)
_PAGE_INFO = [
    Field("hasNextPage", bool),
    Field("hasPreviousPage", bool),
    Field("startCursor", maybe(str), "The cursor of the first record."),
    Field("endCursor", maybe(str), "The cursor of the last record."),
]


def paging_arguments(action: ActionSpec) -> tuple[Argument, ...]:
    """The arguments by which a read is paged."""
    pages = action.pagination
    holds = f"At most so many: {pages.default} when not said, {pages.maximum} at most."
    first = Argument("first", maybe(int), holds)
    if pages.paging is Paging.OFFSET:
        return (first, Argument("offset", maybe(int), "So many are passed over."))
    return (
        first,
        Argument("after", maybe(str), "Only those after this cursor."),
        Argument("last", maybe(int), "At most so many, counted from the end."),
        Argument("before", maybe(str), "Only those before this cursor."),
    )


def paged(query: Query, arguments: Mapping[str, Any], action: ActionSpec, records: Records) -> Query:
    """The query with the page of a read that the arguments ask for; raises Invalid."""
    spec = records.domain.resources[action.resource]
    first, last = arguments.get("first"), arguments.get("last")
    if first is not None and last is not None:
        raise Invalid("a page is counted from one end: give `first` or `last`", code="bad_page", path=("last",))
    backward = last is not None or (first is None and arguments.get("before") is not None)
    asked = "last" if backward else "first"
    page = f"a page of `{action.resource}.{action.name}`"

    def place(name: str) -> Any:
        text = arguments.get(name)
        return None if text is None else decode_cursor(text, query.sort, spec, records.domain, path=(name,))

    return replace(
        query,
        limit=page_size(arguments.get(asked), action.pagination, of=page, path=(asked,)),
        offset=page_offset(arguments.get("offset")),
        after=place("after"),
        before=place("before"),
        direction=Direction.BACKWARD if backward else Direction.FORWARD,
    )


def node_selections(selections: Sequence[Selection]) -> list[Selection]:
    """What is selected of the records of a connection."""
    return [*under(selections, "nodes"), *under(selections, "edges", "node")]


def wants_page(selections: Sequence[Selection]) -> bool:
    """Whether anything but totals is selected."""
    return bool(names_of(selections) - {"__typename", *(name for name, _, _ in TOTALS)})


def wants_cursors(selections: Sequence[Selection]) -> bool:
    """Whether any cursor is selected; each costs an encoding."""
    asked = names_of(under(selections, "edges")) | names_of(under(selections, "pageInfo"))
    return bool(asked & {"cursor", "startCursor", "endCursor"})


def cursors_of(page: Page, query: Query, spec: ResourceSpec, records: Records) -> list[str]:
    """The cursor of each record of a page."""
    return [encode_cursor(keys, query.sort, spec, records.domain) for keys in page.keys]


def connection_of(page: Page, cursors: Sequence[str | None]) -> dict[str, Any]:
    """A page as its connection."""
    return {
        "nodes": page.records,
        "edges": [{"cursor": c, "node": record} for c, record in zip(cursors, page.records, strict=True)],
        "pageInfo": {
            "hasNextPage": page.has_next,
            "hasPreviousPage": page.has_previous,
            "startCursor": cursors[0] if cursors else None,
            "endCursor": cursors[-1] if cursors else None,
        },
    }
