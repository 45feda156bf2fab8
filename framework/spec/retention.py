"""How long the records of a resource are kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from framework.errors import Source
from framework.expr.nodes import Node

HOUR = timedelta(hours=1)
# A Monday, so that partitions of weeks begin with one, and those of days and hours where these do.
FIRST = datetime(1970, 1, 5, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RetentionSpec:
    """That records are removed once `since` is longer ago than `after`, of those that `where` selects (all, when None).

    With an `order` of attributes they go in it, each once all before it have gone: what is left is whole from there on.
    With `partition_every` the table is partitioned by `since`, in partitions of so long, which go as a whole.
    """

    name: str
    after: timedelta
    since: str
    source: Source
    where: Node | None = None
    order: tuple[str, ...] = ()
    partition_every: timedelta | None = None


def spans(every: timedelta, since: datetime, count: int) -> Iterator[tuple[datetime, datetime]]:
    """So many spans of that length, one after the other, the first of which has that moment in it."""
    start = FIRST + (since - FIRST) // every * every
    for number in range(count):
        yield start + number * every, start + (number + 1) * every


def next_hour(moment: datetime) -> datetime:
    """The first whole hour after it: no partition begins in between."""
    return FIRST + ((moment - FIRST) // HOUR + 1) * HOUR
