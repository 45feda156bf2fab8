"""Who an actor is today, asked while something goes on for them for long."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import monotonic

from framework.context import Actor, Context
from framework.errors import Unauthenticated

# So long what was heard of an actor counts for all that goes on for them.
SECONDS = 1.0
MOST = 10_000


class TodaysActors:
    """Asks who somebody is by now, once a second for each at most."""

    def __init__(self, ask: Callable[[Context], Awaitable[Actor | None]]) -> None:
        self._ask = ask
        self._heard: dict[tuple[str | None, ...], tuple[float, Actor | None]] = {}

    async def refuse_changed(self, context: Context) -> None:
        """Returns while whoever acts is who they were, in the tenant, and by what they showed; raises Unauthenticated
        once they are gone, or others are said of them.

        Whoever may more or less than before begins anew, with what holds now.
        """
        if context.actor is not None and await self._of(context, context.actor) != context.actor:
            raise Unauthenticated

    async def _of(self, context: Context, actor: Actor) -> Actor | None:
        about = (actor.kind, actor.id, context.tenant, context.credential)
        known = self._heard.get(about)
        if known is not None and monotonic() - known[0] < SECONDS:
            return known[1]
        today = await self._ask(context)
        if len(self._heard) >= MOST:
            self._heard.clear()
        self._heard[about] = (monotonic(), today)
        return today
