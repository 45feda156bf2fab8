"""Moves the pointer to the version that answers, and says of the program what that version is made of.

No process restarts: whoever executes the program reads the version that is pointed to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from framework.actions.changeset import Changeset
from framework.actions.session import Session
from framework.actions.step import Change
from framework.data.selection import Ordering, Selection
from framework.expr.nodes import Ref, equals
from framework.lm.signatures.definition import SignatureDefinition
from framework.lm.signatures.interchange import digest
from resources.programs.definition import definition_from_json, settings_of


@dataclass(frozen=True, slots=True)
class GoLive(Change):
    """Points to the version named, which has to exist, and tells its module, tools and signature as the program's."""

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
    versions = session.domain.resources["ProgramVersion"]
    rows = await session.writer.read(Selection(versions, ("definition",), there))
    if not rows:
        return changeset.refused("no_such_record", f"the program has no version {number}", "number")
    definition = definition_from_json(rows[0]["definition"])
    return changeset.setting(
        live_number=number,
        kind=definition.module.kind,
        module=settings_of(definition.module),
        tools=list(definition.tools),
        settings=definition.settings.to_json(),
        signature_id=await _signature_of(definition.signature, changeset, session),
    )


async def _signature_of(signature: SignatureDefinition, changeset: Changeset, session: Session) -> Any:
    """The id of the row that says it: the program's own if it does, else the newest one."""
    own = changeset.value("signature_id")
    same = equals(project_id=changeset.value("project_id"), digest=digest(signature))
    newest = (Ordering(Ref("id"), descending=True),)
    rows = await session.writer.read(Selection(session.domain.resources["Signature"], ("id",), same, newest))
    ids = [row["id"] for row in rows]
    return own if own in ids or not ids else ids[0]
