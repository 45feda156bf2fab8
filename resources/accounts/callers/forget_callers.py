"""Tells every process that somebody may do less than before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from framework.actions.changeset import Outcome
from framework.actions.session import Session
from framework.actions.step import Change
from framework.callers.authenticates import Authenticates


@dataclass(frozen=True, slots=True)
class ForgetCallers(Change):
    """Has every process look up again who calls, once this is committed."""

    async def after(self, outcomes: Sequence[Outcome], session: Session) -> None:
        """Before the commit, what was remembered is still true."""
        callers: Authenticates | None = session.services.get(Authenticates)
        if callers is not None:
            session.writer.on_commit(callers.changed)


def forget_callers() -> ForgetCallers:
    """Nothing that was remembered of callers counts any more."""
    return ForgetCallers()
