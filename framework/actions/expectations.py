"""Whether records are as those expect who write them: looked at last, under lock, before anything is written."""

from __future__ import annotations

from collections.abc import Sequence

from framework.actions.changeset import Changeset
from framework.actions.load import Loader
from framework.actions.precondition import Precondition
from framework.actions.records import key_condition, not_found
from framework.actions.session import Session
from framework.errors import Failure


async def held_to_preconditions(changesets: Sequence[Changeset], session: Session) -> list[Changeset]:
    """The changesets, refused where their record is absent or is not as expected; each has a query of its own."""
    return [c if c.precondition is None else await _held(c, c.precondition, session) for c in changesets]


async def _held(changeset: Changeset, expected: Precondition, session: Session) -> Changeset:
    loader = Loader(session, session.writer)
    found = await loader.records(changeset.resource, expected.query.locked(), key_condition([changeset]))
    if not found:
        return changeset.failing(not_found(changeset))
    try:
        expected.check(found[0])
    except Failure as failure:
        return changeset.failing(failure)
    return changeset
