"""What this process runs programs with, and what it knows of versions: they never change, so they are kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from framework.actions.session import Session
from framework.data.selection import Selection
from framework.errors import Invalid
from framework.expr.nodes import equals
from framework.lm.calls.execute import LmLayer
from framework.lm.models.secrets import Secrets
from framework.lm.programs.program import ProgramDefinition
from resources.programs.allowed_tools import allowed_tools
from resources.programs.definition import definition_from_json

MOST_VERSIONS = 256


@dataclass(frozen=True, slots=True)
class KnownVersion:
    """A version of a program, ready to be run."""

    id: UUID
    number: int
    definition: ProgramDefinition
    state: Mapping[str, Any]


class Versions:
    """The versions that were asked for last."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[UUID, int], KnownVersion] = OrderedDict()

    async def get(self, program_id: UUID, number: int, session: Session) -> KnownVersion:
        """A version by its program and number; raises Invalid when there is none."""
        known = self._known.get((program_id, number))
        if known is None:
            known = self._known[(program_id, number)] = await _read(program_id, number, session)
            if len(self._known) > MOST_VERSIONS:
                self._known.popitem(last=False)
        self._known.move_to_end((program_id, number))
        return known


@cache
def lm_layer() -> LmLayer:
    """The one layer of this process: its connections and built programs are shared by all calls."""
    return LmLayer(secrets=Secrets(), tools=allowed_tools())


@cache
def versions() -> Versions:
    """The versions this process knows."""
    return Versions()


async def _read(program_id: UUID, number: int, session: Session) -> KnownVersion:
    where = equals(program_id=program_id, number=number)
    spec = session.domain.resources["ProgramVersion"]
    async with session.reading() as reader:
        rows = await reader.read(Selection(spec, ("id", "definition", "state"), where))
    if not rows:
        raise Invalid(f"the program has no version {number}", code="no_such_record", path=("version",))
    row = rows[0]
    return KnownVersion(row["id"], number, definition_from_json(row["definition"]), row["state"])
