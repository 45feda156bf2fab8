"""Random questions and conditions that are about something: nothing in them is decided without a record."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from hypothesis import strategies as st

from framework.expr.nodes import (
    TRUE,
    Aggregate,
    Along,
    Combine,
    Compare,
    Comparison,
    Fold,
    Logic,
    Node,
    Not,
    Some,
    Value,
    along,
)
from framework.testing.contract.datasets import CONSTANTS
from framework.testing.contract.questions import Question
from framework.testing.contract.rows import LIBRARY
from framework.testing.contract.walks import ORDERED, links_to_many, paths_to, sortable
from framework.types.type import Kind

Nodes = st.SearchStrategy[Node]
RESOURCES = ("Shelf", "Book", "Loan")
DEPTH = 2
NUMBERS = st.integers(0, 3).map(Value)
COMPARED = st.sampled_from(Comparison)


@st.composite
def pointed_questions(draw: st.DrawFn) -> Question:
    """Records in the order of what is looked at, with what else is looked at of them."""
    resource = draw(st.sampled_from(RESOURCES))
    kinds = draw(st.lists(st.sampled_from(ORDERED), min_size=2, max_size=2))
    looked_at = {
        name: (kind, draw(looks(resource, kind))) for name, kind in zip(("first", "second"), kinds, strict=True)
    }
    where = draw(st.just(TRUE) | pointed(resource))
    return Question(resource, where, looked_at, draw(st.booleans()), draw(st.booleans()))


@cache
def pointed(resource: str, depth: int = DEPTH) -> Nodes:
    """Conditions on what a record holds, or on what there is at the ends of its links."""
    compared = [
        st.builds(
            Compare, COMPARED, st.sampled_from([along(*path) for path in paths]), st.builds(Value, CONSTANTS[kind])
        )
        for kind in ORDERED
        if (paths := paths_to(kind, resource))
    ]
    if depth == 0:
        return st.one_of(compared)
    inner = pointed(resource, depth - 1)
    both = st.builds(lambda op, one, other: Combine(op, (one, other)), st.sampled_from(Logic), inner, inner)
    return st.one_of(*compared, st.builds(Not, inner), both, *_at_ends(resource, depth - 1))


def looks(resource: str, kind: Kind) -> Nodes:
    """Values of that kind: the record's own, those at the ends of its links to one, and what is made of many."""
    paths: list[Node] = [along(*path) for path in paths_to(kind, resource)]
    return st.one_of([*([st.sampled_from(paths)] if paths else []), *_folded(resource, kind)] or [st.just(Value(None))])


def _at_ends(resource: str, depth: int) -> Iterator[Nodes]:
    for link in LIBRARY.resources[resource].relationships.values():
        there = pointed(link.target, depth)
        if link.many:
            yield st.builds(Some, st.just(link.name), st.just(TRUE) | there)
            counted = st.builds(Aggregate, st.just(Fold.COUNT), st.just(link.name), st.none(), st.none() | there)
            yield st.builds(Compare, COMPARED, counted, NUMBERS)
        else:
            yield st.builds(Along, st.just(link.name), there)
            yield st.builds(Some, st.just(link.name), there)


def _folded(resource: str, kind: Kind) -> Iterator[Nodes]:
    for link in links_to_many(resource):
        where = st.none() | pointed(link.target, 1)
        of = [along(*path) for path in paths_to(kind, link.target)]
        folds = [Fold.FIRST, *((Fold.MIN, Fold.MAX) if kind is not Kind.ENUM else ())]
        folds += [Fold.SUM] if kind in (Kind.INTEGER, Kind.DECIMAL) else []
        sort = st.lists(st.tuples(st.sampled_from(sortable(link.target)), st.booleans()), max_size=1).map(tuple)
        if of:
            yield st.builds(Aggregate, st.sampled_from(folds), st.just(link.name), st.sampled_from(of), where, sort)
        if kind is Kind.INTEGER:
            yield st.builds(Aggregate, st.just(Fold.COUNT), st.just(link.name), st.none(), where)
