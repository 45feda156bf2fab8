"""A place in an order, as one condition on several values."""

from __future__ import annotations

from dataclasses import dataclass

from framework.expr.nodes import Compare, Comparison, Node


@dataclass(frozen=True, slots=True)
class Beyond(Node):
    """Whether the items lie after these places: by the first of them in which both differ.

    One condition, so that an index over the items leads to where they begin.
    """

    items: tuple[Node, ...]
    places: tuple[Node, ...]

    @property
    def pairs(self) -> tuple[Compare, ...]:
        """Each item compared with its place."""
        return tuple(Compare(Comparison.GT, *pair) for pair in zip(self.items, self.places, strict=True))
