"""Moves the pointer to the version that answers; nothing is copied and no process restarts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from framework.actions.changeset import Changeset
from framework.actions.session import Session
from framework.actions.step import Change
from framework.expr.nodes import equals


@dataclass(frozen=True, slots=True)
class GoLive(Change):
    """Points to the version named, which has to exist."""

    needs_record: ClassVar[bool] = True

    async def before(self, changesets: Sequence[Changeset], session: Session) -> Sequence[Changeset]:
        """Looks the version up inside the transaction that points to it."""
        return [await _pointed(changeset, session) for changeset in changesets]


def go_live() -> GoLive:
    """Makes the version named in the argument `number` live."""
    return GoLive()


async def _pointed(changeset: Changeset, session: Session) -> Changeset:
    number = changeset.arguments["number"]
    there = equals(program_id=changeset.id, number=number)
    if not await session.writer.count(session.domain.resources["ProgramVersion"], there):
        return changeset.refused("no_such_record", f"the program has no version {number}", "number")
    return changeset.setting(live_number=number)
