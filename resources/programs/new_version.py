"""The next version of a program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from framework.actions.query import Query
from framework.actions.session import Session
from framework.data.selection import Ordering, Selection
from framework.expr.nodes import Ref, equals
from framework.lm.programs.program import ProgramDefinition, State
from resources.programs.definition import version_values
from resources.programs.program import Program
from resources.programs.version import Origin, ProgramVersion


async def new_version(
    session: Session, program_id: UUID, learned: tuple[ProgramDefinition, State], *, origin: Origin, **about: Any
) -> int:
    """The number of the version recorded, which is not live yet; within the session's transaction."""
    spec = session.domain.of(ProgramVersion)
    # Held, so that two that come at once count one after the other, and neither is lost.
    await session.get(Program, program_id, Query().locked())
    newest = (Ordering(Ref("number"), descending=True),)
    rows = await session.writer.read(Selection(spec, ("number",), equals(program_id=program_id), newest, limit=1))
    number = int(rows[0]["number"]) + 1
    values: Mapping[str, Any] = {"program_id": program_id, "number": number, "origin": origin, **about}
    await session.create(ProgramVersion.record, {**values, **version_values(*learned)})
    return number
