"""A condition about no record, decided here: what is left of it asks for the time, or folds letters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from framework.context import now
from framework.expr.evaluate import holds
from framework.expr.nodes import FALSE, TRUE, Function, Node


class NoRecord:
    """Nothing that a condition could be about: every value of it is absent."""

    key: Any = None

    def value(self, name: str) -> Any:
        """There is none."""
        return None

    def related(self, link: str) -> Sequence[Self]:
        """There are none."""
        return ()

    def whole(self) -> Self:
        """Nothing is hidden of it."""
        return self

    def ask(self, function: Function) -> Any:
        """The time by this process's clock; nothing else is known outside of a store."""
        return now() if function is Function.NOW else None


def without_record(node: Node) -> Node:
    """`TRUE` where the condition is true, `FALSE` where it is not or nobody knows."""
    return TRUE if holds(node, NoRecord()) else FALSE
