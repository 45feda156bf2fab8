"""What a program has learned, carried in and out: from a file of DSPy's, into one, and from one version to another."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from framework.actions.request import Call
from framework.actions.session import Session
from framework.data.selection import Selection
from framework.errors import Failure, Invalid
from framework.expr.nodes import equals
from framework.lm.programs.dspy_state import from_dspy, to_dspy
from framework.lm.programs.program import ProgramDefinition, State
from framework.lm.programs.swapped import swapped
from resources.programs.allowed_tools import allowed_tools
from resources.programs.definition import definition_from_json
from resources.programs.new_version import new_version
from resources.programs.program import CarriedIn
from resources.programs.version import Origin

Learned = tuple[ProgramDefinition, State]


async def import_states(calls: Sequence[Call], session: Session) -> list[CarriedIn | Failure]:
    """A version for each file, or what is wrong with it."""
    return [await _each(_imported, call, session) for call in calls]


async def swap_parts(calls: Sequence[Call], session: Session) -> list[CarriedIn | Failure]:
    """A version for each swap, or what is wrong with it."""
    return [await _each(_swapped, call, session) for call in calls]


async def export_states(calls: Sequence[Call], session: Session) -> list[dict[str, Any]]:
    """The state of each version, as DSPy's own files have it."""
    tools = allowed_tools(session)
    return [
        await asyncio.to_thread(to_dspy, definition_from_json(version["definition"]), version["state"], tools)
        for version in (call.record for call in calls)
        if version is not None
    ]


async def _each(work: Any, call: Call, session: Session) -> CarriedIn | Failure:
    try:
        found: CarriedIn = await work(call, session)
    except Failure as failure:
        return failure
    return found


async def _imported(call: Call, session: Session) -> CarriedIn:
    number = await _wanted(call, "version")
    definition, _ = await _learned(call, number, session, name="version")
    try:
        read = await asyncio.to_thread(from_dspy, call.arguments["state"], definition, allowed_tools(session))
    except Failure as failure:
        raise failure.under("state") from None
    return await _recorded(call, session, (definition, read.state), Origin.IMPORTED, parent=number, notes=read.notes)


async def _swapped(call: Call, session: Session) -> CarriedIn:
    number = await _wanted(call, "version")
    into = await _learned(call, number, session, name="version")
    source = await _learned(call, call.arguments["from_version"], session, name="from_version")
    parts, tools = tuple(call.arguments["parts"]), allowed_tools(session)
    if not parts:
        raise Invalid("name a part at least", code="missing", path=("parts",))
    try:
        state = await asyncio.to_thread(swapped, into, source, parts=parts, tools=tools)
    except Invalid as failure:
        raise failure.under("parts") from None
    return await _recorded(call, session, (into[0], state), Origin.SWAPPED, parent=number, notes=())


async def _recorded(
    call: Call, session: Session, learned: Learned, origin: Origin, *, parent: int, notes: Sequence[str]
) -> CarriedIn:
    program_id: UUID = _program(call)["id"]

    async def write(inner: Session) -> int:
        return await new_version(inner, program_id, learned, origin=origin, parent_number=parent)

    return CarriedIn(number=await session.with_transaction(write), notes=list(notes))


async def _wanted(call: Call, name: str) -> int:
    number = call.arguments[name]
    return int(_program(call)["live_number"] if number is None else number)


async def _learned(call: Call, number: int, session: Session, *, name: str) -> Learned:
    spec, where = session.domain.resources["ProgramVersion"], equals(program_id=_program(call)["id"], number=number)
    async with session.snapshot_read() as reader:
        rows = await reader.read(Selection(spec, ("definition", "state"), where))
    if not rows:
        raise Invalid(f"the program has no version {number}", code="no_such_record", path=(name,))
    return definition_from_json(rows[0]["definition"]), rows[0]["state"]


def _program(call: Call) -> Any:
    if call.record is None:
        raise LookupError(f"`{call.action.resource}.{call.action.name}` is not about a program")
    return call.record
