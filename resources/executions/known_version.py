"""Versions of programs as executions need them: they never change, so the process keeps those it asked for last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from framework.actions.record_cache import RecordCache
from framework.actions.session import Session
from framework.data.selection import Selection
from framework.errors import Invalid
from framework.expr.nodes import equals
from framework.lm.programs.program import ProgramDefinition
from resources.programs.definition import definition_from_json


@dataclass(frozen=True, slots=True)
class KnownVersion:
    """A version of a program, ready to be run."""

    id: UUID
    number: int
    definition: ProgramDefinition
    state: Mapping[str, Any]


async def known_version(program_id: UUID, number: int, session: Session) -> KnownVersion:
    """A version by its program and number; raises Invalid when there is none."""
    cache: RecordCache = session.services[RecordCache]
    return await cache.get((KnownVersion, program_id, number), lambda: _read(program_id, number, session))


async def _read(program_id: UUID, number: int, session: Session) -> KnownVersion:
    where = equals(program_id=program_id, number=number)
    spec = session.domain.resources["ProgramVersion"]
    async with session.snapshot_read() as reader:
        rows = await reader.read(Selection(spec, ("id", "definition", "state"), where))
    if not rows:
        raise Invalid(f"the program has no version {number}", code="no_such_record", path=("version",))
    row = rows[0]
    return KnownVersion(row["id"], number, definition_from_json(row["definition"]), row["state"])
