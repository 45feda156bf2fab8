"""The way from a record to a value at the end of its links to one."""

from __future__ import annotations

from framework.expr.nodes import Along, Node, Ref


def path_of(node: Node) -> tuple[str, ...] | None:
    """The path that leads to a value, as `along` takes it; None for any other expression."""
    match node:
        case Ref(name):
            return (name,)
        case Along(link, inner):
            further = path_of(inner)
            return None if further is None else (link, *further)
        case _:
            return None
