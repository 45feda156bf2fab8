"""A bound on waiting for a store, for whoever must not wait as long as the store may take."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from framework.errors import Unavailable

T = TypeVar("T")


async def answered_within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """What the work gives; raises Unavailable when it takes longer.

    It is called off then, and nobody waits for that: a statement that is cut off has a few seconds to hear of it.
    """
    task = asyncio.create_task(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    finally:
        if not task.done():
            task.cancel()
            task.add_done_callback(_forget)
    if not done:
        says = f"the database has not answered within {seconds:g} seconds"
        raise Unavailable(says, code="database_unavailable", hint="try again in a moment")
    return task.result()


def _forget(task: asyncio.Task[Any]) -> None:
    """Whatever it ended with is nobody's concern any more."""
    if not task.cancelled():
        task.exception()
