"""Random expressions over the library, each of a known type, of every kind of node."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from hypothesis import strategies as st

from framework.expr.beyond import Beyond
from framework.expr.nodes import (
    Aggregate,
    Along,
    Among,
    Arithmetic,
    Call,
    Case,
    Combine,
    Compare,
    Comparison,
    Fold,
    Function,
    IsNull,
    Logic,
    Match,
    Matching,
    Node,
    Not,
    Operator,
    Outer,
    Some,
    Value,
    along,
)
from framework.testing.contract.datasets import CONSTANTS
from framework.testing.contract.rows import LIBRARY
from framework.testing.contract.walks import ORDERED, links_to_many, paths_to, sortable, ways
from framework.types.type import Kind

Nodes = st.SearchStrategy[Node]
Seen = tuple[str, ...]
"""The resource that an expression is seen from, and behind it those it led over to get there."""
# How many records out an expression looks back; more only make the strategies many.
FURTHEST = 3
NUMBERS = (Kind.INTEGER, Kind.FLOAT, Kind.DECIMAL)
ABSENT: Nodes = st.just(Value(None))
EXACT = (Operator.ADD, Operator.SUBTRACT, Operator.MULTIPLY)


@cache
def values(seen: Seen, kind: Kind, depth: int) -> Nodes:
    """Expressions whose value is of that kind, seen from a record of the first of these resources."""
    if kind is Kind.BOOLEAN:
        return conditions(seen, depth)
    plain = [*_references(seen, kind), st.builds(Value, CONSTANTS[kind]), ABSENT]
    if depth == 0:
        return st.one_of(plain)
    inner = values(seen, kind, depth - 1)
    condition = conditions(seen, depth - 1)
    return st.one_of(
        *plain,
        st.builds(Case, condition, inner, inner),
        st.builds(lambda *args: Call(Function.COALESCE, args), inner, inner),
        *_worked_out(seen, kind, depth - 1),
        *_aggregates(seen, kind, depth - 1),
        *_elsewhere(seen, kind, depth - 1),
    )


@cache
def conditions(seen: Seen, depth: int) -> Nodes:
    """Conditions on a record of the first of these resources."""
    plain = [*_references(seen, Kind.BOOLEAN), st.builds(Value, st.booleans()), ABSENT]
    compared = [_compared(seen, kind, max(depth - 1, 0)) for kind in ORDERED]
    if depth == 0:
        return st.one_of(*plain, *compared)
    inner = conditions(seen, depth - 1)
    numbers = st.one_of([values(seen, kind, depth - 1) for kind in NUMBERS])
    texts = st.one_of([values(seen, kind, depth - 1) for kind in (Kind.STRING, Kind.ENUM)])
    items = st.one_of([values(seen, kind, depth - 1) for kind in ORDERED])
    return st.one_of(
        *plain,
        *compared,
        st.builds(Compare, st.sampled_from(Comparison), numbers, numbers),
        st.builds(Compare, st.sampled_from([Comparison.EQ, Comparison.NE]), inner, inner),
        st.builds(Combine, st.sampled_from(Logic), st.lists(inner, max_size=3).map(tuple)),
        st.builds(Not, inner),
        st.builds(IsNull, items | inner),
        st.builds(Match, st.sampled_from(Matching), texts, st.builds(Value, CONSTANTS[Kind.STRING])),
        st.builds(Match, st.sampled_from(Matching), texts, texts),
        st.builds(Case, inner, inner, inner),
        *(_among(seen, kind, depth - 1) for kind in (*ORDERED, Kind.UUID)),
        *(_beyond(seen, kind, depth - 1) for kind in ORDERED),
        *(st.builds(_some, st.just(path), conditions(inside, depth - 1)) for path, inside in _ways(seen)),
        *_aggregates(seen, Kind.BOOLEAN, depth - 1),
        *_elsewhere(seen, Kind.BOOLEAN, depth - 1),
    )


def _some(path: Sequence[str], where: Node) -> Node:
    for link in reversed(path):
        where = Some(link, where)
    return where


def _compared(seen: Seen, kind: Kind, depth: int) -> Nodes:
    one = values(seen, kind, depth)
    others = [one, ABSENT]
    if kind is Kind.DATETIME:
        others.append(st.just(Call(Function.NOW)))
    return st.builds(Compare, st.sampled_from(Comparison), one, st.one_of(others))


def _among(seen: Seen, kind: Kind, depth: int) -> Nodes:
    listed = st.lists(st.none() | CONSTANTS[kind], max_size=3).map(tuple)
    return st.builds(Among, values(seen, kind, 0 if kind is Kind.UUID else depth), listed)


def _beyond(seen: Seen, kind: Kind, depth: int) -> Nodes:
    """Two values of the record, after two places."""
    first, second = values(seen, Kind.INTEGER, depth), values(seen, kind, depth)
    return st.builds(lambda a, b, c, d: Beyond((a, b), (c, d)), first, second, first, second)


def _worked_out(seen: Seen, kind: Kind, depth: int) -> Iterator[Nodes]:
    def of(other: Kind) -> Nodes:
        return values(seen, other, depth)

    plus_minus = st.sampled_from([Operator.ADD, Operator.SUBTRACT])
    if kind in NUMBERS:
        yield st.builds(Arithmetic, st.sampled_from(EXACT), of(kind), of(kind))
        yield st.builds(lambda item: Call(Function.ABS, (item,)), of(kind))
    match kind:
        case Kind.INTEGER:
            yield st.builds(lambda item: Call(Function.LENGTH, (item,)), of(Kind.STRING))
        case Kind.FLOAT:
            mixed = of(Kind.INTEGER) | of(Kind.FLOAT)
            yield st.builds(Arithmetic, st.just(Operator.DIVIDE), mixed, mixed)
            yield st.builds(Arithmetic, st.sampled_from(EXACT), of(Kind.DECIMAL), of(Kind.FLOAT))
        case Kind.DECIMAL:
            yield st.builds(Arithmetic, st.sampled_from(EXACT), of(Kind.INTEGER), of(Kind.DECIMAL))
        case Kind.STRING:
            folds = st.sampled_from([Function.LOWER, Function.UPPER])
            yield st.builds(lambda fold, item: Call(fold, (item,)), folds, of(Kind.STRING))
            yield st.builds(Arithmetic, st.just(Operator.ADD), of(Kind.STRING), of(Kind.STRING))
        case Kind.DATE | Kind.DATETIME:
            yield st.builds(Arithmetic, plus_minus, of(kind), of(Kind.DURATION))
        case Kind.DURATION:
            yield st.builds(Arithmetic, plus_minus, of(kind), of(kind))
            yield st.builds(Arithmetic, st.just(Operator.MULTIPLY), of(kind), of(Kind.INTEGER))
            yield st.builds(Arithmetic, st.just(Operator.SUBTRACT), of(Kind.DATETIME), of(Kind.DATETIME))
            yield st.builds(Arithmetic, st.just(Operator.SUBTRACT), of(Kind.DATE), of(Kind.DATE))


def _aggregates(seen: Seen, kind: Kind, depth: int) -> Iterator[Nodes]:
    folds = [Fold.FIRST]
    folds += [Fold.SUM] if kind in NUMBERS else []
    folds += [Fold.MIN, Fold.MAX] if kind in ORDERED and kind is not Kind.ENUM else []
    for link in links_to_many(seen[0]):
        where = st.none() | conditions(_within(seen, link.target), depth)
        sort = st.lists(st.tuples(st.sampled_from(sortable(link.target)), st.booleans()), max_size=2).map(tuple)
        # Only what is exact is added up, as each side adds in an order of its own.
        of = values(_within(seen, link.target), kind, 0)
        yield st.builds(Aggregate, st.sampled_from(folds), st.just(link.name), of, where, sort)
        if kind is Kind.FLOAT:
            number = values(_within(seen, link.target), Kind.INTEGER, 0) | of
            yield st.builds(Aggregate, st.just(Fold.AVG), st.just(link.name), number, where)
        if kind in (Kind.INTEGER, Kind.BOOLEAN):
            how = Fold.COUNT if kind is Kind.INTEGER else Fold.EXISTS
            yield st.builds(Aggregate, st.just(how), st.just(link.name), st.none(), where)


def _elsewhere(seen: Seen, kind: Kind, depth: int) -> Iterator[Nodes]:
    """What is worked out for the record at the end of a link to one, or for a record further out."""
    for link in LIBRARY.resources[seen[0]].relationships.values():
        if not link.many:
            yield st.builds(Along, st.just(link.name), values(_within(seen, link.target), kind, depth))
    for steps in range(1, len(seen)):
        yield st.builds(Outer, st.just(steps), values(_within(seen, seen[steps]), kind, 0))


def _references(seen: Seen, kind: Kind) -> list[Nodes]:
    nodes: list[Node] = [along(*path) for path in paths_to(kind, seen[0])]
    nodes += [Outer(steps, along(*path)) for steps in range(1, len(seen)) for path in paths_to(kind, seen[steps])]
    return [st.sampled_from(nodes)] if nodes else []


def _ways(seen: Seen) -> Iterator[tuple[Sequence[str], Seen]]:
    """Paths of links, and what is seen from their ends."""
    for path, targets in ways(seen[0]):
        inside = seen
        for target in targets:
            inside = _within(inside, target)
        yield path, inside


def _within(seen: Seen, target: str) -> Seen:
    return (target, *seen)[:FURTHEST]
