"""An expression with everything worked out that needs no record: what is known once a call's values are put in.

Conditions on known values are decided, and values worked out of known ones where every store comes to the same.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from framework.expr.absence import is_absent
from framework.expr.comparing import among, compare
from framework.expr.constants import calculated, called, matched
from framework.expr.nodes import (
    FALSE,
    TRUE,
    Among,
    Arithmetic,
    Call,
    Case,
    Combine,
    Compare,
    IsNull,
    Logic,
    Match,
    Node,
    Not,
    Value,
)
from framework.expr.whole import Whole

UNKNOWN = Value(None)


def reduced(node: Node) -> Node:
    """The same expression, smaller: a known condition is `TRUE`, `FALSE` or unknown, another known value a `Value`."""
    return of_reduced(_inside(node))


def of_reduced(node: Node) -> Node:
    """The same expression, the parts of which are reduced already, smaller."""
    return UNKNOWN if is_absent(node) else _worked_out(node)


def _worked_out(node: Node) -> Node:
    match node:
        case Combine(op, items):
            return _combined(op, items)
        case Not(item):
            return _opposite(_known_condition(item)) or node
        case Case(when, then, otherwise):
            known = _known_condition(when)
            return node if known is None else then if known == TRUE else otherwise
        case Compare() | IsNull() | Among() | Whole():
            return _test(node)
        case Arithmetic():
            return calculated(node)
        case Call():
            return called(node)
        case Match():
            return matched(node)
        case _:
            return node


def _inside(node: Node) -> Node:
    updates: dict[str, Any] = {}
    for part in fields(node):
        value = getattr(node, part.name)
        if isinstance(value, Node):
            updates[part.name] = reduced(value)
        elif isinstance(value, tuple) and value and isinstance(value[0], Node):
            updates[part.name] = tuple(reduced(item) for item in value)
    return replace(node, **updates) if updates else node


def _test(node: Node) -> Node:
    """A comparison of known values; what cannot be compared is the store's to refuse."""
    try:
        match node:
            case Compare(op, Value(left), Value(right)):
                return _condition(compare(op, left, right))
            case Compare(_, Value(None), _) | Compare(_, _, Value(None)):
                return UNKNOWN
            case Whole(Value() | Combine(_, ()) as known):
                return known
            case IsNull(Value(value)):
                return _condition(value is None)
            case Among(Value(value), values):
                return _condition(among(value, values))
    except TypeError:
        pass
    return node


def _condition(answer: object) -> Node:
    return UNKNOWN if answer is None else TRUE if answer else FALSE


def _known_condition(node: Node) -> Node | None:
    """A condition that is decided; None for any other."""
    if isinstance(node, Value):
        return _condition(node.value)
    return node if node in (TRUE, FALSE) else None


def _opposite(known: Node | None) -> Node | None:
    return {TRUE: FALSE, FALSE: TRUE, UNKNOWN: UNKNOWN}.get(known) if known is not None else None


def _combined(op: Logic, items: tuple[Node, ...]) -> Node:
    """Without what decides nothing; decided where a part of it decides."""
    neutral, decisive = (TRUE, FALSE) if op is Logic.AND else (FALSE, TRUE)
    left = tuple(item for item in (_known_condition(item) or item for item in items) if item != neutral)
    if decisive in left:
        return decisive
    return left[0] if len(left) == 1 else Combine(op, left)
