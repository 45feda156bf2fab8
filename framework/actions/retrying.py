"""Work that is done again when another transaction was in its way."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from framework.data.refusals import gave_way
from framework.errors import Failure

T = TypeVar("T")
TRIES = 5
PAUSE = 0.01


async def tried_again(work: Callable[[], Awaitable[T]]) -> T:
    """What the work gives: a whole transaction, so that nothing of a try that gave way is left.

    The store ends one of two transactions that wait for each other, so that the other goes on. The pause grows with
    every try and is never the same for two, so that they do not meet again.
    """
    for tried in range(1, TRIES):
        try:
            return await work()
        except Failure as failure:
            if not gave_way(failure):
                raise
        await asyncio.sleep(random.uniform(0, PAUSE * 2**tried))  # noqa: S311 - nothing secret hangs on it
    return await work()
