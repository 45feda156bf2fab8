"""Ends the sessions of browsers that somebody had."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from framework.actions.changeset import Outcome
from framework.actions.session import Session
from framework.actions.step import Change
from framework.expr.nodes import Among, Ref

OWN = "nobody but the installation sees the sessions of browsers"


@dataclass(frozen=True, slots=True)
class EndsSessions(Change):
    """Whoever has a cookie of the users has to log in again, with what holds now."""

    async def after(self, outcomes: Sequence[Outcome], session: Session) -> None:
        """In the same transaction."""
        theirs = Among(Ref("user_id"), tuple(outcome.record["id"] for outcome in outcomes))
        await session.as_system(OWN).writer.discard(session.domain.resources["BrowserSession"], theirs)


def ends_sessions() -> EndsSessions:
    """The users' browsers are logged out."""
    return EndsSessions()
