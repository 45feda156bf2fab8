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

    def __init__(self, ask: Callable[[Actor, str | None], Awaitable[Actor | None]]) -> None:
        self._ask = ask
        self._heard: dict[tuple[str, str, str | None], tuple[float, Actor | None]] = {}

    async def refuse_changed(self, context: Context) -> None:
        """Returns while whoever acts is who they were, and in the tenant; raises Unauthenticated once they are gone, or
        others are said of them.

        Whoever may more or less than before begins anew, with what holds now.
        """
        if context.actor is not None and await self._of(context.actor, context.tenant) != context.actor:
            raise Unauthenticated

    async def _of(self, actor: Actor, tenant: str | None) -> Actor | None:
        known = self._heard.get((actor.kind, actor.id, tenant))
        if known is not None and monotonic() - known[0] < SECONDS:
            return known[1]
        today = await self._ask(actor, tenant)
        if len(self._heard) >= MOST:
            self._heard.clear()
        self._heard[actor.kind, actor.id, tenant] = (monotonic(), today)
        return today
