"""Derived values: calculations from the record's own values, and aggregates over related records."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from framework.declare.attributes import Attr, AttributeOptions
from framework.declare.source import here
from framework.errors import Source
from framework.expr.build import Expr, Related, Walk, inside, written
from framework.expr.nodes import Aggregate, Fold, Node
from framework.expr.scopes import Start
from framework.spec.attribute import Origin, Visibility

T = TypeVar("T")
R = TypeVar("R")
Chosen = Callable[[type[R]], Expr[Any]]


@dataclass(frozen=True, slots=True)
class DerivedOptions:
    """What was said of a derived value; `build` gives its expression once every name is settled."""

    source: Source
    build: Callable[[], Node]
    doc: str = ""
    visibility: Visibility = Visibility.PUBLIC


def calculate(value: Expr[T], *, doc: str = "", private: bool = False, stored: bool = False) -> Attr[T]:
    """A value worked out from others of the record: `calculate(best_score - baseline_score)`.

    It is worked out when it is read; `stored` has it worked out whenever the record is written, and kept.
    """
    visibility = Visibility.PRIVATE if private else Visibility.PUBLIC
    if stored:
        return Attr(AttributeOptions(here(), doc, origin=Origin.COMPUTED, visibility=visibility, computed=value))
    return Attr(DerivedOptions(here(), lambda: written(value), doc, visibility))


def count(of: Related[R], *, where: Chosen[R] | None = None) -> Attr[int]:
    """How many related records there are."""
    return _aggregate(_Folded(Fold.COUNT, of, None, where))


def exists(of: Related[R], *, where: Chosen[R] | None = None) -> Attr[bool]:
    """Whether there is any related record."""
    return _aggregate(_Folded(Fold.EXISTS, of, None, where))


def sum_of(of: Related[R], value: Chosen[R], *, where: Chosen[R] | None = None) -> Attr[Any]:
    """The sum of a value over the related records; None when there are none."""
    return _aggregate(_Folded(Fold.SUM, of, value, where))


def average(of: Related[R], value: Chosen[R], *, where: Chosen[R] | None = None) -> Attr[Any]:
    """The mean of a value over the related records that have it."""
    return _aggregate(_Folded(Fold.AVG, of, value, where))


def minimum(of: Related[R], value: Chosen[R], *, where: Chosen[R] | None = None) -> Attr[Any]:
    """The least value among the related records."""
    return _aggregate(_Folded(Fold.MIN, of, value, where))


def maximum(of: Related[R], value: Chosen[R], *, where: Chosen[R] | None = None) -> Attr[Any]:
    """The greatest value among the related records."""
    return _aggregate(_Folded(Fold.MAX, of, value, where))


def first(of: Related[R], value: Chosen[R], *, where: Chosen[R] | None = None, sort: Sequence[str] = ()) -> Attr[Any]:
    """The value of the first related record; `sort` names its attributes, a leading `-` descends."""
    return _aggregate(_Folded(Fold.FIRST, of, value, where, sort))


def list_of(of: Related[R], value: Chosen[R], *, where: Chosen[R] | None = None, sort: Sequence[str] = ()) -> Attr[Any]:
    """The values of all related records, as a list; absent ones are left out."""
    return _aggregate(_Folded(Fold.LIST, of, value, where, sort))


@dataclass(frozen=True, slots=True)
class _Folded:
    """What was said of an aggregate, put together once the names of the class are settled."""

    fold: Fold
    of: object
    value: Chosen[Any] | None
    where: Chosen[Any] | None
    sort: Sequence[str] = ()

    def build(self) -> Node:
        if not isinstance(self.of, Related) or isinstance(self.of, Walk):
            raise TypeError(f"`{self.fold}` is taken over a `Many[...]` of the class")
        path = self.of.path_()
        order = tuple((name.lstrip("-"), name.startswith("-")) for name in self.sort)
        value, where = (None if chosen is None else inside(chosen) for chosen in (self.value, self.where))
        return Start(path.scope, Aggregate(self.fold, path.names[0], value, where, order))


def _aggregate(folded: _Folded) -> Attr[Any]:
    return Attr(DerivedOptions(here(), folded.build))
