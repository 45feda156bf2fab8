"""Whether a program may work with the tables as they stand: they are neither behind what it knows nor ahead of it.

The steps are read from their files as text, so that a process that only serves loads no Alembic and runs none of them.
"""

from __future__ import annotations

import ast
import asyncio
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from framework.errors import Unavailable
from framework.sql.connections import pooled_connection
from framework.telemetry import log

VERSION_TABLE = "alembic_version"
# Beside Alembic's table: what the steps are that were taken.
SUFFIX, COLUMNS = "_steps", "revision, follows, expands, going"
LOOK_SECONDS, KEPT_SECONDS = 3.0, 3.0
AS_KNOWN = "as this program knows it"
WORDS = ("revision", "down_revision", "depends_on", "expands", "contracts")


@dataclass(frozen=True, slots=True)
class KnownStep:
    """A step: what it follows, whether the code before it may go on beside it, and whether it ends such a time.

    `going` is whether a database is taking it back, operation by operation.
    """

    revision: str
    follows: tuple[str, ...] = ()
    expands: bool = False
    contracts: bool = False
    going: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether the tables are what a program can work with, in words."""

    ready: bool
    says: str


def steps_in(folders: Sequence[Path]) -> tuple[KnownStep, ...]:
    """Every step of the folders."""
    files = [file for folder in folders if folder.is_dir() for file in sorted(folder.glob("*.py"))]
    return tuple(step for file in files if (step := _step(file.read_text(encoding="utf-8"))) is not None)


def judged(known: Collection[KnownStep], heads: Sequence[str], taken: Mapping[str, KnownStep]) -> Standing:
    """How a database that stands at those steps is for a program that knows these; `taken` is what it tells of them."""
    ours = {step.revision: step for step in known}
    below: list[str] = []
    for revision in _back(heads, ours, taken):
        if revision in ours:
            below.append(revision)
        elif revision not in taken or not taken[revision].expands:
            says = f"the database is ahead: it has taken the step {revision}, which this program does not know"
            return Standing(ready=False, says=says)
    going = [revision for revision in below if revision in taken and taken[revision].going]
    if going and not ours[going[0]].contracts:
        return Standing(ready=False, says=f"the step {going[0]} is being taken back: dspex downgrade goes on with it")
    done = {*_back(below, ours, {})}
    waiting = [step.revision for step in known if step.revision not in done and not step.contracts]
    if waiting:
        behind = "1 step" if len(waiting) == 1 else f"{len(waiting)} steps"
        return Standing(ready=False, says=f"the database is behind, by {behind}: dspex migrate")
    return Standing(ready=True, says=AS_KNOWN)


def ahead_by(known: Collection[KnownStep], heads: Sequence[str], taken: Mapping[str, KnownStep]) -> list[str]:
    """The expands, oldest first, by which a database is ahead of a program that may go on beside them; else none."""
    ours = {step.revision: step for step in known}
    unknown = [revision for revision in _back(heads, ours, taken) if revision not in ours]
    return unknown[::-1] if judged(known, heads, taken).ready else []


@dataclass(slots=True)
class SchemaWatch:
    """What is known of the tables, looked at anew every few seconds at most.

    Without steps nothing is known, and whatever stands is worked with.
    """

    engine: AsyncEngine
    steps: Sequence[KnownStep]
    table: str = VERSION_TABLE
    _known: Standing | None = None
    _at: float = -KEPT_SECONDS
    _told: Standing = Standing(ready=True, says=AS_KNOWN)
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def look(self) -> Standing:
        """How they stand; raises Unavailable where the database does not answer soon."""
        async with self._asking:
            if self._known is None or time.monotonic() - self._at > KEPT_SECONDS:
                self._known, self._at = judged(self.steps, *await self._read()), time.monotonic()
        return self._known

    async def ready(self) -> bool:
        """Whether the program may work with them, logged whenever that changes; raises Unavailable as `look` does."""
        if not self.steps:
            return True
        found = await self.look()
        if found != self._told:
            say = log.info if found.ready else log.warning
            say("schema.as_known" if found.ready else "schema.not_as_known", says=found.says)
            self._told = found
        return found.ready

    async def tell(self) -> None:
        """Logs it where a program begins to work with tables that it does not know so."""
        with suppress(Unavailable):
            await self.ready()

    async def _read(self) -> tuple[Sequence[str], Mapping[str, KnownStep]]:
        try:
            async with asyncio.timeout(LOOK_SECONDS), pooled_connection(self.engine) as connection:
                heads = [row[0] for row in await _rows(connection, self.table, "version_num")]
                told = await _rows(connection, self.table + SUFFIX, COLUMNS)
        except (TimeoutError, sa.exc.SQLAlchemyError) as error:
            raise Unavailable("the database does not answer", code="database_unavailable") from error
        return heads, known_steps(told)


def known_steps(rows: Iterable[Sequence[Any]]) -> Mapping[str, KnownStep]:
    """The steps by what is kept of them beside Alembic's table, in `COLUMNS`."""
    return {row[0]: KnownStep(row[0], tuple(row[1]), expands=row[2], going=row[3]) for row in rows}


async def _rows(connection: Any, table: str, columns: str) -> Sequence[Any]:
    name = ".".join(f'"{part}"' for part in table.split("."))
    if await connection.scalar(sa.text("SELECT to_regclass(:name)"), {"name": name}) is None:
        return []
    found = await connection.execute(sa.text(f"SELECT {columns} FROM {name}"))  # noqa: S608 - names of ours
    return [*found]


def _back(heads: Sequence[str], *known: Mapping[str, KnownStep]) -> Iterator[str]:
    """Those steps and all that they follow, as far as any of the accounts tells."""
    seen: set[str] = set()
    open_ones = [*heads]
    while open_ones:
        revision = open_ones.pop()
        if revision in seen:
            continue
        seen.add(revision)
        yield revision
        step = next((steps[revision] for steps in known if revision in steps), None)
        open_ones.extend(step.follows if step is not None else ())


def _step(text: str) -> KnownStep | None:
    said: dict[str, Any] = {}
    for line in ast.parse(text).body:
        target = line.targets[0] if isinstance(line, ast.Assign) else getattr(line, "target", None)
        value = getattr(line, "value", None)
        if isinstance(target, ast.Name) and target.id in WORDS and isinstance(value, ast.expr):
            said[target.id] = ast.literal_eval(value)
    if "revision" not in said:
        return None
    follows = (*several(said.get("down_revision")), *several(said.get("depends_on")))
    return KnownStep(said["revision"], follows, bool(said.get("expands")), bool(said.get("contracts")))


def several(said: Any) -> tuple[str, ...]:
    """The steps that one follows or needs, of which Alembic names none, one or a tuple."""
    return (said,) if isinstance(said, str) else tuple(said or ())
