"""What it takes for a condition to be true, for each call: unknown refuses as false does.

That says more than the condition bound and reduced: what can only be unknown is left out or decides, a `Not` needs what
it denies to be false, and what the record has no say in is asked first, as most of the rest need not be asked then.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from framework.expr.comparing import among, compare
from framework.expr.nodes import (
    FALSE,
    TRUE,
    Aggregate,
    Along,
    Among,
    Combine,
    Compare,
    Comparison,
    Logic,
    Node,
    Not,
    Outer,
    Ref,
    Some,
    Value,
    walk,
)
from framework.policy.binding import Bound, Known, binder
from framework.policy.facts import TypedFact

OF_A_RECORD = (Ref, Along, Some, Aggregate, Outer)
Parts = tuple[Bound, ...]


def affirming(node: Node) -> Bound:
    """What gives, for each call, a condition true of the same records; `TRUE` and `FALSE` are those very ones."""
    match node:
        case Not(item):
            return refuting(item)
        case Combine(op, items):
            return partial(_all_of if op is Logic.AND else _any_of, tuple(map(affirming, _easiest_first(items))))
        case Compare() | Among() if (test := _test_of_a_fact(node)) is not None:
            return partial(_met, *test)
        case _:
            return partial(_affirmed, binder(node))


def refuting(node: Node) -> Bound:
    """What gives, for each call, a condition that is true of the records of which this one is false."""
    match node:
        case Not(item):
            return affirming(item)
        case Combine(op, items):
            return partial(_any_of if op is Logic.AND else _all_of, tuple(map(refuting, _easiest_first(items))))
        case Compare() | Among() if (test := _test_of_a_fact(node)) is not None:
            return partial(_unmet, *test)
        case _:
            return partial(_refuted, binder(node))


def both(one: Node, other: Node) -> Node:
    """Two conditions of these together."""
    if one is FALSE or other is FALSE:
        return FALSE
    left: list[Node] = []
    _keep(one, left, Logic.AND)
    _keep(other, left, Logic.AND)
    return _together(left, Logic.AND)


def _easiest_first(items: tuple[Node, ...]) -> list[Node]:
    return sorted(items, key=lambda item: any(isinstance(part, OF_A_RECORD) for part in walk(item)))


def _all_of(parts: Parts, known: Known) -> Node:
    left: list[Node] = []
    for part in parts:
        node = part(known)
        if node is FALSE:
            return FALSE
        _keep(node, left, Logic.AND)
    return _together(left, Logic.AND)


def _any_of(parts: Parts, known: Known) -> Node:
    left: list[Node] = []
    for part in parts:
        node = part(known)
        if node is TRUE:
            return TRUE
        _keep(node, left, Logic.OR)
    return _together(left, Logic.OR)


def _keep(node: Node, left: list[Node], op: Logic) -> None:
    """What decides nothing has no parts, and so leaves none."""
    if isinstance(node, Combine) and node.op is op:
        left.extend(node.items)
    else:
        left.append(node)


def _together(left: list[Node], op: Logic) -> Node:
    if not left:
        return TRUE if op is Logic.AND else FALSE
    return left[0] if len(left) == 1 else Combine(op, tuple(left))


def _affirmed(bound: Bound, known: Known) -> Node:
    node = bound(known)
    if isinstance(node, Value) or node in (TRUE, FALSE):
        return TRUE if _certain(node) is True else FALSE
    return node


def _refuted(bound: Bound, known: Known) -> Node:
    node = bound(known)
    if isinstance(node, Value) or node in (TRUE, FALSE):
        return TRUE if _certain(node) is False else FALSE
    return Not(node)


def _certain(node: Node) -> Any:
    return node.value if isinstance(node, Value) else node == TRUE


Test = tuple[TypedFact, Comparison | None, Any]


def _test_of_a_fact(node: Compare | Among) -> Test | None:
    """A fact, and what it is compared with, where that is the same for every call."""
    match node:
        case Compare(op, TypedFact() as fact, Value(value)):
            return fact, op, value
        case Compare(Comparison.EQ | Comparison.NE as op, Value(value), TypedFact() as fact):
            return fact, op, value
        case Among(TypedFact() as fact, values):
            return fact, None, values
    return None


def _met(fact: TypedFact, op: Comparison | None, value: Any, known: Known) -> Node:
    return TRUE if _answer(fact, op, value, known) is True else FALSE


def _unmet(fact: TypedFact, op: Comparison | None, value: Any, known: Known) -> Node:
    return TRUE if _answer(fact, op, value, known) is False else FALSE


def _answer(fact: TypedFact, op: Comparison | None, value: Any, known: Known) -> bool | None:
    found = fact.known(known.facts)
    try:
        return among(found, value) if op is None else compare(op, found, value)
    except TypeError:
        return None
