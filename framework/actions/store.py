"""Carrying out by the store: what creates, updates and destroys come down to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from framework.actions.cascade import cascaded
from framework.actions.changeset import Changeset, Outcome
from framework.actions.persist import persist
from framework.actions.session import Session
from framework.spec.action import ActionKind


async def store(changesets: Sequence[Changeset], session: Session) -> list[Outcome]:
    """The records as they are stored now; raises NotFound or Conflict for those that did not match."""
    if changesets[0].action.kind is not ActionKind.DESTROY:
        return await persist(changesets, session.writer)
    going = await cascaded(changesets, session)
    gone = await persist(changesets, session.writer)
    if not going:
        return gone
    return [replace(o, cascaded=tuple(g.outcome for g in going if g.root == o.changeset.id)) for o in gone]
