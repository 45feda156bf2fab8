"""Who is told, inside the transaction, of what an action did: the outbox begins here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from framework.actions.changeset import Outcome
from framework.actions.session import Session


class Notifier(Protocol):
    """Keeps a note of every outcome in the same transaction: committed with it, or not at all."""

    async def notify(self, outcomes: Sequence[Outcome], session: Session) -> None:
        """Notes the outcomes."""
        ...


class NullNotifier:
    """Nobody is told."""

    async def notify(self, outcomes: Sequence[Outcome], session: Session) -> None:
        """Notes nothing."""
