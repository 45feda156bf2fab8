"""Carrying out by the store: what creates, updates and destroys come down to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from framework.actions.cascade import cascaded
from framework.actions.changeset import Changeset, Outcome
from framework.actions.load import as_asked
from framework.actions.notifier import Notifier, NullNotifier
from framework.actions.persist import persist
from framework.actions.query import Query
from framework.actions.session import Session


async def store(changesets: Sequence[Changeset], session: Session) -> list[Outcome]:
    """The records as they are stored now; raises NotFound or Conflict for those that did not match."""
    return await persist(changesets, session.writer)


async def destroy(
    changesets: Sequence[Changeset], session: Session, *, returning: Query, notifier: Notifier
) -> list[Outcome]:
    """The records as they were, with what `returning` asks of them, which is read before they go.

    What goes with them is found for those who are told of it, and for nobody else.
    """
    told = not changesets[0].action.quiet and not isinstance(notifier, NullNotifier)
    going = await cascaded(changesets, session) if told else {}
    seen = await as_asked(session, changesets[0].resource, [c.id for c in changesets], returning.locked())
    gone = await persist(changesets, session.writer)
    return [replace(o, result=seen.get(o.changeset.id), cascaded=going.get(o.changeset.id, ())) for o in gone]
