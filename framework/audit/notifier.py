"""Who is told of what was done, and keeps what was refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from framework.actions.changeset import Outcome
from framework.actions.notifier import Attempt, Notifier
from framework.actions.session import Session
from framework.audit.refusals import is_refusal, keep_refusals
from framework.spec.action import ActionSpec


@dataclass(frozen=True, slots=True)
class AuditNotifier:
    """Another notifier, and rows of refusals where the domain has the extension AUDIT."""

    told: Notifier

    async def notify(self, outcomes: Sequence[Outcome], session: Session) -> None:
        """Tells the other."""
        await self.told.notify(outcomes, session)

    async def refused(self, action: ActionSpec, attempts: Sequence[Attempt], session: Session) -> None:
        """Keeps those that failed as whoever made them may not."""
        refusals = [(key, failure) for key, failure in attempts if is_refusal(action, failure, session)]
        if refusals:
            await keep_refusals(action, refusals, session)
