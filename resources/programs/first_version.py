"""The version that a new program begins with: its definition, and nothing learned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from framework.actions.changeset import Changeset, Outcome
from framework.actions.request import Request
from framework.actions.session import Session
from framework.actions.step import Change
from framework.context import Context
from framework.data.selection import Selection
from framework.declare.resource import Resource
from framework.errors import Invalid, Path
from framework.expr.nodes import Among, Ref
from framework.lm.programs.buildable import check_buildable
from framework.lm.programs.program import ProgramDefinition
from framework.lm.programs.tools import AllowedTools
from framework.lm.signatures.definition import SignatureDefinition
from framework.lm.signatures.interchange import from_json
from resources.programs.allowed_tools import allowed_tools
from resources.programs.definition import call_settings_of, module_of, version_values


@dataclass(frozen=True, slots=True)
class FirstVersion(Change):
    """Records version 1 of each new program."""

    def apply(self, changesets: Sequence[Changeset], context: Context) -> Sequence[Changeset]:
        """The module's settings are checked before anything is looked up."""
        return [_with_module(changeset) for changeset in changesets]

    async def after(self, outcomes: Sequence[Outcome], session: Session) -> None:
        """The signature is there: the program could not have been stored without it."""
        wanted = tuple(outcome.record["signature_id"] for outcome in outcomes)
        where = Among(Ref("id"), wanted)
        found = await session.writer.read(Selection(session.domain.resources["Signature"], ("id", "definition"), where))
        signatures = {row["id"]: from_json(row["definition"]) for row in found}
        tools = allowed_tools(session)
        versions = []
        for index, outcome in enumerate(outcomes):
            program = outcome.record
            place = () if len(outcomes) == 1 else (index,)
            definition = _definition(program, signatures[program["signature_id"]], tools=tools, place=place)
            versions.append(Request({"program_id": program["id"], "number": 1, **version_values(definition, {})}))
        await session.perform(session.domain.action("ProgramVersion", "record"), versions)


def first_version() -> FirstVersion:
    """Records the first version."""
    return FirstVersion()


def _definition(
    program: Resource, signature: SignatureDefinition, *, tools: AllowedTools, place: Path
) -> ProgramDefinition:
    """What the program is made of; raises Invalid when it could never be run."""
    try:
        definition = ProgramDefinition(
            name=program["slug"],
            signature=signature,
            module=module_of(program["kind"], program["module"]),
            tools=tuple(program["tools"]),
            settings=call_settings_of(program["settings"]),
        )
        check_buildable(definition, tools)
    except Invalid as failure:
        raise failure.under(*place) from None
    return definition


def _with_module(changeset: Changeset) -> Changeset:
    try:
        module_of(changeset.value("kind"), changeset.value("module"))
        call_settings_of(changeset.value("settings"))
    except Invalid as failure:
        return changeset.wrong(*failure.issues)
    return changeset
