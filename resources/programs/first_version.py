"""The version that a new program begins with: its definition, and nothing learned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from framework.actions.changeset import Changeset, Outcome
from framework.actions.request import Request
from framework.actions.step import Change
from framework.context import Context
from framework.data.selection import Selection
from framework.errors import Invalid
from framework.expr.nodes import Among, Ref
from framework.lm.interchange import from_json
from framework.lm.program import ProgramDefinition
from resources.programs.definition import module_of, version_values

if TYPE_CHECKING:
    from framework.actions.session import Session


@dataclass(frozen=True, slots=True)
class FirstVersion(Change):
    """Records version 1 of each new program."""

    def apply(self, changesets: Sequence[Changeset], context: Context) -> Sequence[Changeset]:
        """The module's settings are checked before anything is looked up."""
        return [_with_module(changeset) for changeset in changesets]

    async def after(self, outcomes: Sequence[Outcome], session: Session) -> None:
        """The signature is there: the program could not have been stored without it."""
        wanted = tuple(outcome.record["signature_id"] for outcome in outcomes)
        where = Among(Ref(("id",)), wanted)
        found = await session.writer.read(Selection(session.domain.resources["Signature"], ("id", "definition"), where))
        signatures = {row["id"]: from_json(row["definition"]) for row in found}
        versions = []
        for outcome in outcomes:
            program = outcome.record
            definition = ProgramDefinition(
                name=program["slug"],
                signature=signatures[program["signature_id"]],
                module=module_of(program["kind"], program["module"]),
                tools=tuple(program["tools"]),
            )
            versions.append(Request({"program_id": program["id"], "number": 1, **version_values(definition, {})}))
        await session.perform(session.domain.action("ProgramVersion", "record"), versions)


def first_version() -> FirstVersion:
    """Records the first version."""
    return FirstVersion()


def _with_module(changeset: Changeset) -> Changeset:
    try:
        module_of(changeset.value("kind"), changeset.value("module"))
    except Invalid as failure:
        return changeset.wrong(*failure.issues)
    return changeset
