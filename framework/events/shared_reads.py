"""Reads that many ask for at once, each carried out once for all who ask before it begins.

An event wakes hundreds of subscribers, who want to know the same of it. Whoever asks once a read has begun is given
another one: nobody is told what was so before it asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class SharedReads:
    """The reads of a process that have not begun, by what is asked; each goes on by itself, whoever of them leaves."""

    def __init__(self) -> None:
        self._to_come: dict[Hashable, list[tuple[Any, asyncio.Task[Any]]]] = {}
        # The event loop holds its tasks weakly.
        self._under_way: set[asyncio.Task[Any]] = set()

    async def get(self, about: Hashable, what: Any, read: Callable[[], Awaitable[T]]) -> T:
        """What `read` gives, or the read of another who asked for what is equal to `what`; raises what it raises.

        Among those `about` the same it is looked for one by one, as it need not be hashable.
        """
        to_come = self._to_come.setdefault(about, [])
        shared: asyncio.Task[T] | None = next((task for asked, task in to_come if asked == what), None)
        if shared is None:
            shared = asyncio.create_task(self._carried_out(about, read))
            to_come.append((what, shared))
            self._under_way.add(shared)
            shared.add_done_callback(self._under_way.discard)
        return await asyncio.shield(shared)

    async def _carried_out(self, about: Hashable, read: Callable[[], Awaitable[T]]) -> T:
        # A task begins in the next turn of the loop: all whom one event has woken have asked by then.
        self._to_come.pop(about, None)
        return await read()
