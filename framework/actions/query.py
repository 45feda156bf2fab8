"""An immutable question: which records, in what order, which page, and what of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from framework.data.selection import Lock
from framework.expr.build import Expr, Order, written
from framework.expr.nodes import Node, every
from framework.expr.paths import path_of
from framework.expr.scopes import Start, settled

Keys = tuple[Any, ...]
# No value or link of a record is called so.
PERMISSIONS = "permissions()"


@dataclass(frozen=True, slots=True)
class SeenRecord:
    """A record that a page begins after or ends before, of which only the key is known."""

    key: Any


Place = Keys | SeenRecord


class Direction(StrEnum):
    """Which end of the records a page counts from."""

    FORWARD = "forward"
    BACKWARD = "backward"


@dataclass(frozen=True, slots=True)
class Sort:
    """One value to sort by, at the end of a path of to-one links; `about` is the resource that it was said of."""

    path: tuple[str, ...]
    descending: bool = False
    about: type | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class LoadValue:
    """An attribute or a derived value to read; the record keeps it as `key`, its name when nothing else is said."""

    name: str
    key: str = ""

    def __post_init__(self) -> None:
        _set_key(self)


@dataclass(frozen=True, slots=True)
class LoadRelated:
    """Records to read at the other end of a link; the record keeps them as `key`.

    One link loaded twice with different queries is two of these, with two keys. The `limit` of the query counts for
    each record that the link is loaded for.
    """

    name: str
    query: Query
    key: str = ""

    def __post_init__(self) -> None:
        _set_key(self)


Load = LoadValue | LoadRelated


@dataclass(frozen=True, slots=True)
class Query:
    """A question about one resource; every method gives a new one.

    `loads` is what is read of each record: a tree, as what a link leads to is a query again. Where it names no
    value, every attribute is read and nothing derived. `after` and `before` are the sort values and key of a record,
    or the key alone, as a cursor carries them. `may` names actions about a record of which each record keeps, as
    `PERMISSIONS`, whether one may.
    """

    filter: Node | None = None
    sort: tuple[Sort, ...] = ()
    loads: tuple[Load, ...] = ()
    limit: int | None = None
    offset: int | None = None
    after: Place | None = None
    before: Place | None = None
    direction: Direction = Direction.FORWARD
    lock: Lock = Lock.NONE
    may: tuple[str, ...] = ()

    @property
    def values(self) -> tuple[LoadValue, ...]:
        """The values to read; none for every attribute."""
        return tuple(load for load in self.loads if isinstance(load, LoadValue))

    @property
    def related(self) -> tuple[LoadRelated, ...]:
        """The links to follow."""
        return tuple(load for load in self.loads if isinstance(load, LoadRelated))

    def where(self, condition: Expr[bool] | Node) -> Query:
        """Only records that satisfy this too."""
        return replace(self, filter=every(self.filter, written(condition)))

    def sorted_by(self, *orders: Order | Expr[Any]) -> Query:
        """In this order; absent values last, ties by primary key."""
        return replace(self, sort=tuple(_sort(order) for order in orders))

    def selecting(self, *names: str) -> Query:
        """With these values only, derived ones among them."""
        return replace(self, loads=(*(LoadValue(name) for name in names), *self.related))

    def loading(self, **links: Query) -> Query:
        """With the records at the other end of these links."""
        return self.having(*(LoadRelated(name, query) for name, query in links.items()))

    def having(self, *loads: Load) -> Query:
        """With these loads too, each in the place of one that had its key."""
        return replace(self, loads=tuple({load.key: load for load in (*self.loads, *loads)}.values()))

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


def _set_key(load: Load) -> None:
    if not load.key:
        object.__setattr__(load, "key", load.name)


def _sort(order: Order | Expr[Any]) -> Sort:
    by, descending = (order.by, order.descending) if isinstance(order, Order) else (order, False)
    start = by.tree_
    path = path_of(settled(start))
    if path is None:
        raise TypeError("a query sorts by values of the record or along its links, not by an expression")
    about = start.scope if isinstance(start, Start) and isinstance(start.scope, type) else None
    return Sort(path, descending, about)
