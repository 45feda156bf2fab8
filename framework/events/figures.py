"""Figures of the log: who listens, and how long events are held back."""

from __future__ import annotations

from datetime import UTC, datetime

from framework.data.selection import Ordering, Selection
from framework.events.feed import Feed
from framework.events.log import Log
from framework.expr.nodes import Call, Compare, Comparison, Function, Ref
from framework.figures import Figure

HELD = Compare(Comparison.GE, Ref("transaction"), Call(Function.HORIZON))
OLDEST = (Ordering(Ref("transaction")), Ordering(Ref("seq")))


async def event_figures(log: Log, feed: Feed) -> list[Figure]:
    """The subscribers of this process, and the age of the oldest event that none of them may be told yet."""
    async with log.layer.autocommit_read() as reader:
        rows = await reader.read(Selection(log.resource, ("at",), HELD, OLDEST, limit=1))
    held = max((datetime.now(UTC) - rows[0]["at"]).total_seconds(), 0.0) if rows else 0.0
    return [
        Figure("dspex_subscribers", "Who listens to events of this process.", feed.listeners),
        Figure("dspex_events_held_seconds", "Age of the oldest event that waits for a writer to end.", held),
    ]
