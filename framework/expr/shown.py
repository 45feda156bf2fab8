"""A part of an expression in words, for messages."""

from __future__ import annotations

from framework.expr.nodes import Along, Node, Outer, Ref, Value


def shown(node: Node) -> str:
    """`` `team.name` ``, the value, or "an expression"."""
    match node:
        case Ref(name):
            return f"`{name}`"
        case Along(link, Ref() | Along() as inner):
            return f"`{link}.{shown(inner).strip('`')}`"
        case Outer(_, inner):
            return shown(inner)
        case Value(value):
            return f"`{getattr(value, 'value', value)!r}`"
        case _:
            return "an expression"
