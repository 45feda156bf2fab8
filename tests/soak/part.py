"""A kind of work that goes on while processes are killed, and what has to hold of it in the end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tests.soak.tables import Tables


@dataclass(frozen=True, slots=True)
class Verdict:
    """A promise, how often it was put to the test, and each case in which it was not kept."""

    promise: str
    of: int
    broken: Sequence[str] = field(default=())

    @property
    def kept(self) -> bool:
        """Whether it always held."""
        return not self.broken


class Part(Protocol):
    """One kind of work."""

    async def prepare(self) -> None:
        """While nothing is disturbed."""
        ...

    async def work(self, over: asyncio.Event) -> None:
        """Until it is over, whatever is killed meanwhile."""
        ...

    async def settle(self) -> None:
        """Waits for the end of what it began; raises TimeoutError when that does not come."""
        ...

    async def verdicts(self, tables: Tables) -> Sequence[Verdict]:
        """What became of its promises."""
        ...
