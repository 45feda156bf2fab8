"""There is always somebody who can let others in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from framework.actions.changeset import Changeset
from framework.actions.session import Session
from framework.actions.step import Change
from framework.data.selection import Lock, Selection
from framework.errors import Conflict
from framework.expr.nodes import equals


@dataclass(frozen=True, slots=True)
class KeepsAnOwner(Change):
    """Refuses to disable the last owner."""

    async def before(self, changesets: Sequence[Changeset], session: Session) -> Sequence[Changeset]:
        """Holds the owners, so that two are not disabled at once, each as there is still the other."""
        owners = Selection(changesets[0].resource, ("id",), equals(active=True, is_owner=True), lock=Lock.UPDATE)
        there = {row["id"] for row in await session.writer.read(owners)}
        going = there & {changeset.id for changeset in changesets}
        if not going or there - going:
            return changesets
        last = Conflict("this is the last owner", code="last_owner", hint="make another user an owner first")
        return [changeset.failing(last) if changeset.id in going else changeset for changeset in changesets]


def keeps_an_owner() -> KeepsAnOwner:
    """An owner stays."""
    return KeepsAnOwner()
