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


async def lag(log: Log, feed: Feed) -> float:
    """The age of the oldest event that the subscribers of this process have not been told: held back, or unread."""
    ages = [await _held(log)]
    if feed.position is not None:
        ages += [_age(entry.at) for entry in await log.after(feed.position, None, 1)]
    return max(ages)


async def event_figures(log: Log) -> list[Figure]:
    """The age of the oldest event that nobody may be told yet."""
    held = await _held(log)
    return [Figure("dspex_events_held_seconds", "Age of the oldest event that waits for a writer to end.", held)]


def subscriber_figures(feed: Feed) -> list[Figure]:
    """The subscribers of this process."""
    behind = "Subscribers that could not keep up, and were told to resume (`subscriber_behind`)."
    return [
        Figure("dspex_subscribers", "Who listens to events of this process.", feed.listeners),
        Figure("dspex_subscribers_behind_total", behind, feed.fell_behind),
    ]


async def _held(log: Log) -> float:
    async with log.layer.autocommit_read() as reader:
        rows = await reader.read(Selection(log.resource, ("at",), HELD, OLDEST, limit=1))
    return _age(rows[0]["at"]) if rows else 0.0


def _age(at: datetime) -> float:
    return max((datetime.now(UTC) - at).total_seconds(), 0.0)
