"""Waiting for something to be so, in a test of things that happen elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

LOOK_SECONDS = 0.02
# Longer than anything takes that comes at all, on a machine with ten times the work it can do.
PATIENCE = 180.0


async def until(condition: Callable[[], bool | Awaitable[bool]], *, seconds: float = PATIENCE) -> None:
    """Returns once the condition holds; raises TimeoutError when it never does."""
    async with asyncio.timeout(seconds):
        while not await _holds(condition):  # noqa: ASYNC110 - what is waited for is anything at all
            await asyncio.sleep(LOOK_SECONDS)


async def _holds(condition: Callable[[], bool | Awaitable[bool]]) -> bool:
    found = condition()
    return found if isinstance(found, bool) else await found
