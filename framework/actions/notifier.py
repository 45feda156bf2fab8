"""Who is told, inside the transaction, of what an action did: the outbox begins here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from framework.actions.changeset import Outcome
from framework.actions.session import Session
from framework.errors import Failure
from framework.spec.action import ActionSpec

Attempt = tuple[Any, Failure]


class Notifier(Protocol):
    """Keeps a note of every outcome in the same transaction: committed with it, or not at all."""

    async def notify(self, outcomes: Sequence[Outcome], session: Session) -> None:
        """Notes the outcomes."""
        ...

    async def refused(self, action: ActionSpec, attempts: Sequence[Attempt], session: Session) -> None:
        """Notes calls that failed, each with the key of the record it named, once nothing else is left of them."""
        ...


class NullNotifier:
    """Nobody is told."""

    async def notify(self, outcomes: Sequence[Outcome], session: Session) -> None:
        """Notes nothing."""

    async def refused(self, action: ActionSpec, attempts: Sequence[Attempt], session: Session) -> None:
        """Notes nothing."""
