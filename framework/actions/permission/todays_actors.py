"""Who an actor is today, asked while something goes on for them for long."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import monotonic

from framework.context import Actor
from framework.errors import Unauthenticated

# So long what was heard of an actor counts for all that goes on for them.
SECONDS = 1.0
MOST = 10_000


class TodaysActors:
    """Asks who somebody is by now, once a second for each at most."""

    def __init__(self, ask: Callable[[Actor], Awaitable[Actor | None]]) -> None:
        self._ask = ask
        self._heard: dict[tuple[str, str], tuple[float, Actor | None]] = {}

    async def refuse_changed(self, actor: Actor | None) -> None:
        """Returns while they are who they were; raises Unauthenticated once they are gone, or others are said of them.

        Whoever may more or less than before begins anew, with what holds now.
        """
        if actor is None:
            return
        if await self._of(actor) != actor:
            raise Unauthenticated

    async def _of(self, actor: Actor) -> Actor | None:
        known = self._heard.get((actor.kind, actor.id))
        if known is not None and monotonic() - known[0] < SECONDS:
            return known[1]
        today = await self._ask(actor)
        if len(self._heard) >= MOST:
            self._heard.clear()
        self._heard[actor.kind, actor.id] = (monotonic(), today)
        return today
