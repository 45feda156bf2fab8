"""What was made of records that never change, kept by the process."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

Made = TypeVar("Made")


class RecordCache:
    """The values asked for last, by keys that name what they are; one a process, on its event loop."""

    def __init__(self, *, size: int = 256) -> None:
        self._size = size
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()

    async def get(self, key: Hashable, make: Callable[[], Awaitable[Made]]) -> Made:
        """The value that is kept, or is made now; what cannot be made is not remembered."""
        if key not in self._kept:
            self._kept[key] = await make()
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        made: Made = self._kept[key]
        self._kept.move_to_end(key)
        return made
