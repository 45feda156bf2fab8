"""Work that would hold up the event loop, done beside it: everybody else is answered meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sized
from typing import Any, TypeVar

T = TypeVar("T")

# So many are worked on quicker than a thread is asked; more of them may take as long as one likes.
FEW = 50
# So many values, or so many characters, make a single one heavy.
LIGHT, SHORT = 2_000, 200_000


async def beside(many: Sized, work: Callable[[], T], *, weighed: Any = None) -> T:
    """What `work` gives, which is about so many things: at once when they are few, and none of what is weighed heavy;
    else by a thread.

    It must look at nothing that changes meanwhile, and belong to no loop.
    """
    at_once = len(many) <= FEW and not is_heavy(weighed)
    return work() if at_once else await asyncio.to_thread(work)


def is_heavy(value: Any) -> bool:
    """Whether a value as JSON has it is large; no more of it is looked at than tells that."""
    left, values, characters = [value], LIGHT, SHORT
    while left:
        item = left.pop()
        if isinstance(item, str):
            characters -= len(item)
        elif isinstance(item, (Mapping, list, tuple)):
            values -= len(item)
            if values > 0:
                left.extend(item.values() if isinstance(item, Mapping) else item)
        if values <= 0 or characters <= 0:
            return True
    return False
