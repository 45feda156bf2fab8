"""What was made of values that never change, found by which values they are instead of by all they say."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Made = TypeVar("Made")


class ByIdentity(Generic[Made]):
    """A bounded memory, the least recently used given up first. Equal values that are not the same are made twice.

    It keeps the values themselves too: the id of one that was gone could come to mean another.
    """

    def __init__(self, *, size: int) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[int, ...], tuple[tuple[object, ...], Made]] = OrderedDict()

    def get(self, *values: object, make: Callable[[], Made]) -> Made:
        """What was made of these very values, or is made now."""
        key = tuple(map(id, values))
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][1]
        made = make()
        with self._lock:
            self._kept[key] = (values, made)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return made

    def __len__(self) -> int:
        return len(self._kept)
