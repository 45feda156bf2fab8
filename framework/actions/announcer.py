"""Who is told, inside the transaction, of what an action did: the outbox begins here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from framework.actions.changeset import Outcome
from framework.actions.session import Session


class Announcer(Protocol):
    """Keeps a note of every outcome in the same transaction: committed with it, or not at all."""

    async def announce(self, outcomes: Sequence[Outcome], session: Session) -> None:
        """Notes the outcomes."""
        ...


class Silence:
    """Nobody is told."""

    async def announce(self, outcomes: Sequence[Outcome], session: Session) -> None:
        """Notes nothing."""
