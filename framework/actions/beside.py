"""Work that would hold up the event loop, done beside it: everybody else is answered meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sized
from typing import TypeVar

T = TypeVar("T")

# So many are worked on quicker than a thread is asked; more of them may take as long as one likes.
FEW = 50


async def beside(many: Sized, work: Callable[[], T]) -> T:
    """What `work` gives, which is about so many things: at once when they are few, else by a thread.

    It must look at nothing that changes meanwhile, and belong to no loop.
    """
    return work() if len(many) <= FEW else await asyncio.to_thread(work)
