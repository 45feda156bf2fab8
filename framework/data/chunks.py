"""Many things, some at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

# As many rows as one statement carries well: more are not faster, and take more memory at once.
SIZE = 1000


def chunks(items: Iterable[T], size: int = SIZE) -> Iterator[list[T]]:
    """The items in lists of at most that many."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part
