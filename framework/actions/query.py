"""An immutable question: which records, in what order, which page, and what of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from framework.data.selection import Lock
from framework.expr.build import Expr, Order, node_of
from framework.expr.nodes import Node, Ref, every

Keys = tuple[Any, ...]


class Direction(StrEnum):
    """Which end of the records a page counts from."""

    FORWARD = "forward"
    BACKWARD = "backward"


@dataclass(frozen=True, slots=True)
class Sort:
    """One value to sort by, at the end of a path of to-one links."""

    path: tuple[str, ...]
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A question about one resource; every method gives a new one.

    `select` names attributes and derived values (None: every attribute, nothing derived). `load` maps a
    relationship to the question about what it leads to; its `limit` counts for each record it is loaded for.
    `after` and `before` are the sort values and key of a record, as a cursor carries them.
    """

    filter: Node | None = None
    sort: tuple[Sort, ...] = ()
    select: tuple[str, ...] | None = None
    load: Mapping[str, Query] = field(default_factory=dict)
    limit: int | None = None
    offset: int | None = None
    after: Keys | None = None
    before: Keys | None = None
    direction: Direction = Direction.FORWARD
    lock: Lock = Lock.NONE

    def where(self, condition: Expr[bool] | Node) -> Query:
        """Only records that satisfy this too."""
        return replace(self, filter=every(self.filter, node_of(condition)))

    def sorted_by(self, *orders: Order | Expr[Any]) -> Query:
        """In this order; absent values last, ties by primary key."""
        return replace(self, sort=tuple(_sort(order) for order in orders))

    def selecting(self, *names: str) -> Query:
        """With these values only, derived ones among them."""
        return replace(self, select=names)

    def loading(self, **links: Query) -> Query:
        """With the records at the other end of these links."""
        return replace(self, load={**self.load, **links})

    def limited(self, limit: int, *, offset: int | None = None) -> Query:
        """At most so many records."""
        return replace(self, limit=limit, offset=offset)

    def locked(self) -> Query:
        """Holding the records found until the transaction ends."""
        return replace(self, lock=Lock.UPDATE)


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the records asked for. `keys` stand for each record's place in the order, as cursors do."""

    records: list[Any]
    keys: list[Keys]
    has_next: bool
    has_previous: bool


def _sort(order: Order | Expr[Any]) -> Sort:
    by, descending = (order.by, order.descending) if isinstance(order, Order) else (order, False)
    node = by.node
    if not isinstance(node, Ref):
        raise TypeError("a query sorts by values of the record or along its links, not by an expression")
    return Sort(node.path, descending)
