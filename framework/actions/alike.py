"""What says the same, together: each group is one statement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

T = TypeVar("T")


def alike(items: Sequence[T], said: Callable[[T], Hashable]) -> list[list[T]]:
    """The items in groups of those that say the same, in the order in which each was first said."""
    groups: defaultdict[Hashable, list[T]] = defaultdict(list)
    for item in items:
        groups[said(item)].append(item)
    return [*groups.values()]
