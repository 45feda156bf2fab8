"""Carrying out by the store: what creates, updates and destroys come down to."""

from __future__ import annotations

from collections.abc import Sequence

from framework.actions.changeset import Changeset, Outcome
from framework.actions.persist import persist
from framework.actions.session import Session


async def store(changesets: Sequence[Changeset], session: Session) -> list[Outcome]:
    """The records as they are stored now; raises NotFound or Conflict for those that did not match."""
    return await persist(changesets, session.writer)
