"""Many things, some at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

# As many rows as one statement carries well: more are hardly faster, take more memory at once, and hold up the event
# loop while they are written and read.
SIZE = 200


def chunks(items: Iterable[T], size: int = SIZE) -> Iterator[list[T]]:
    """The items in lists of at most that many."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part
