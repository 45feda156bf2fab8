"""What it takes for a condition to be true, where all else is the same: unknown refuses as false does."""

from __future__ import annotations

from framework.expr.nodes import FALSE, TRUE, Combine, Logic, Node, Not, Value


def affirmed(node: Node) -> Node:
    """A smaller condition that is true of the same records; `FALSE` where it is true of none."""
    match node:
        case Value(value):
            return TRUE if value is True else FALSE
        case Combine(Logic.AND, items):
            return _combined(Logic.AND, [affirmed(item) for item in items])
        case Combine(Logic.OR, items):
            return _combined(Logic.OR, [affirmed(item) for item in items])
        case Not(item):
            return _refuted(item)
        case _:
            return node


def _refuted(node: Node) -> Node:
    """A condition that is true of the records of which this one is false."""
    match node:
        case Value(value):
            return TRUE if value is False else FALSE
        case Combine(Logic.AND, items):
            return _combined(Logic.OR, [_refuted(item) for item in items])
        case Combine(Logic.OR, items):
            return _combined(Logic.AND, [_refuted(item) for item in items])
        case Not(item):
            return affirmed(item)
        case _:
            return Not(node)


def _combined(op: Logic, items: list[Node]) -> Node:
    neutral, decisive = (TRUE, FALSE) if op is Logic.AND else (FALSE, TRUE)
    if decisive in items:
        return decisive
    left = tuple(dict.fromkeys(item for item in items if item != neutral))
    return left[0] if len(left) == 1 else Combine(op, left)
