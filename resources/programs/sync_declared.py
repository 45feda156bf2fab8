"""Keeps the rows of declared programs in step with their code; runs after every migration.

A version that somebody rolled back stays so until its declaration changes. What a program had learned goes along as far
as it fits the new declaration; what does not is told in the log, and stays on the version before.
"""

from __future__ import annotations

from functools import partial
from operator import itemgetter
from typing import Any

from framework.actions.session import Session
from framework.data.selection import Selection
from framework.expr.nodes import equals
from framework.lm.programs.carried_state import carried_state
from framework.lm.signatures.formatting import format_signature
from framework.lm.signatures.interchange import digest
from framework.telemetry import log
from resources.accounts.project import DEFAULT_PROJECT
from resources.language_models.language_model import OFFLINE_MODEL
from resources.programs.allowed_tools import allowed_tools
from resources.programs.declared_program import DeclaredProgram
from resources.programs.definition import definition_from_json, definition_to_json, settings_of, version_values
from resources.programs.program import Program
from resources.programs.signature import Signature
from resources.programs.version import Origin, ProgramVersion


async def sync_declared(session: Session) -> None:
    """Makes what is missing, and adds a live version where the declaration has changed since the last one."""
    for spec in session.domain.resources.values():
        if issubclass(spec.record, DeclaredProgram):
            await session.with_transaction(partial(_sync, spec.record))


async def _sync(declared: type[DeclaredProgram], session: Session) -> None:
    rows = await _find(session, "Program", project_id=DEFAULT_PROJECT, slug=declared.slug())
    if not rows:
        await _create(declared, session)
        return
    program = rows[0]
    await _take_model(declared, program, session)
    versions = await _find(session, "ProgramVersion", program_id=program["id"])
    definition = declared.program()
    # Not the live version: one that was rolled back, or improved upon, is no change of the declaration.
    authored = [version for version in versions if version["origin"] == Origin.AUTHORED]
    if max(authored, key=itemgetter("number"))["definition"] == definition_to_json(definition):
        return
    live = next(version for version in versions if version["number"] == program["live_number"])
    number = max(version["number"] for version in versions) + 1
    before = definition_from_json(live["definition"])
    carried = carried_state(live["state"], before, definition, tools=allowed_tools(session))
    if carried.lost:
        log.warning("program.learned_state_lost", program=program["slug"], version=number, lost="; ".join(carried.lost))
    values = {"program_id": program["id"], "number": number, "parent_number": live["number"]}
    await session.create(ProgramVersion.record, {**values, **version_values(definition, carried.state)})
    await _signature(declared, session)
    await session.update(Program.promote, program["id"], {"number": number})


async def _create(declared: type[DeclaredProgram], session: Session) -> None:
    named = {"slug": declared.slug(), "name": declared.__name__}
    await session.create(Program.create, {**named, **await _declared_values(declared, session)})


async def _declared_values(declared: type[DeclaredProgram], session: Session) -> dict[str, Any]:
    """What the declaration says of its program."""
    definition = declared.program()
    return {
        "kind": definition.module.kind,
        "module": settings_of(definition.module),
        "tools": list(definition.tools),
        "settings": definition.settings.to_json(),
        **await _model(declared, session),
        "signature_id": await _signature(declared, session),
    }


async def _model(declared: type[DeclaredProgram], session: Session) -> dict[str, Any]:
    """The model that is named, if it is there yet: models are made by whoever runs the installation."""
    if declared.model is None:
        return {}
    found = await _find(session, "LanguageModel", name=declared.model, project_id=DEFAULT_PROJECT)
    if not found:
        log.warning("program.model_missing", program=declared.slug(), model=declared.model)
    return {"model_id": found[0]["id"]} if found else {}


async def _take_model(declared: type[DeclaredProgram], program: Any, session: Session) -> None:
    """A program that answers from the offline model takes the one that is declared, once that is there."""
    model = await _model(declared, session) if program["model_id"] == OFFLINE_MODEL else {}
    if model and model["model_id"] != OFFLINE_MODEL:
        await session.update(Program.update, program["id"], model)


async def _signature(declared: type[DeclaredProgram], session: Session) -> Any:
    """The id of the signature's row, which is made if no version under the name means the same."""
    parsed = declared.parsed()
    same = await _find(session, "Signature", name=declared.slug(), digest=digest(parsed))
    if same:
        return same[0]["id"]
    values = {"name": declared.slug(), "text": format_signature(parsed), "instructions": parsed.instructions}
    return (await session.create(Signature.create, values))["id"]


async def _find(session: Session, resource: str, **values: Any) -> list[Any]:
    spec = session.domain.resources[resource]
    return list(await session.writer.read(Selection(spec, tuple(spec.attributes), equals(**values))))
