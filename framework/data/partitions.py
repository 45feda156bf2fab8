"""The partitions of a table that is partitioned by time: told, made ahead of time, and dropped with all they hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Partition:
    """A partition: which moments it holds, up to `end` and without it; None is without a bound.

    `ours` is whether we have made it. One that somebody has attached is theirs.
    """

    name: str
    start: datetime | None
    end: datetime | None
    ours: bool

    def overlaps(self, start: datetime, end: datetime) -> bool:
        """Whether some moment from the one up to the other is among its own."""
        return (self.start is None or self.start < end) and (self.end is None or start < self.end)

    def holds(self, moment: datetime) -> bool:
        """Whether a moment is among its own."""
        return (self.start is None or self.start <= moment) and (self.end is None or moment < self.end)


class Partitions(Protocol):
    """Those of one table, within a transaction. What none of them holds is in the one that holds all the rest.

    Raises Unavailable where somebody is in the way for longer than anybody should wait for it.
    """

    async def all(self) -> Sequence[Partition]:
        """Those that hold moments of their own, the earliest first."""
        ...

    async def add(self, start: datetime, end: datetime) -> None:
        """Makes one; raises Conflict where its name is taken."""
        ...

    async def hold(self, partition: Partition) -> None:
        """Has nobody write to it until the transaction ends."""
        ...

    async def drop(self, partition: Partition) -> None:
        """Has it gone, with all it holds."""
        ...
