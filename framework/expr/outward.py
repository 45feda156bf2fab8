"""Whether an expression hangs on a record further out than the one that it is about."""

from __future__ import annotations

from framework.expr.nodes import Aggregate, Along, Node, Outer, Some, parts_of

LEADING_ON = (Aggregate, Along, Outer, Some)


def looks_out(node: Node, depth: int = 0) -> bool:
    """Whether some part speaks of a record around the one at hand, which is so many further in than the first."""
    if isinstance(node, Outer) and node.steps > depth:
        return True
    inside = depth + 1 if isinstance(node, LEADING_ON) else depth
    return any(looks_out(part, inside) for part in parts_of(node))
