"""The scripts of a revision told apart by domain: up to three of each, with the steps of others before them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from alembic.operations import ops
from alembic.util import rev_id

from framework.sql.migrations.history import History
from framework.sql.migrations.operations.renames import RenameOp, Thing

Step = ops.MigrateOperation


class Turn(Enum):
    """When a script of a folder is: before those that wait for it, at its time, or after those that it waits for."""

    EARLY = "early"
    USUAL = "usual"
    LATE = "late"


@dataclass(slots=True)
class DomainSteps:
    """The steps of one folder, those that others' wait for, those that wait for others', and the folders it needs."""

    folder: Path
    early: list[Step] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    late: list[Step] = field(default_factory=list)
    needs: set[Path] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class DomainScript:
    """A script of one folder: when it is, and the steps of others that it comes after wherever they are known."""

    script: ops.MigrationScript
    turn: Turn
    after: Sequence[str]


@dataclass(frozen=True, slots=True)
class Writing:
    """A revision as its scripts are made: the last one so far of each folder, and what each leads back to."""

    revision: ops.MigrationScript
    history: History
    last: dict[Path, str] = field(default_factory=dict)
    leads_back: dict[str, set[str]] = field(default_factory=dict)

    def scripts(self, parts: Sequence[DomainSteps]) -> Iterator[DomainScript]:
        """The scripts, each after those that it needs."""
        for part in parts:
            if part.early:
                yield self._script(part, Turn.EARLY, part.early, [])
        for part in parts:
            if part.steps:
                yield self._script(part, Turn.USUAL, part.steps, sorted(part.needs))
        for part in parts:
            if part.late:
                waits = any(isinstance(step, ops.CreateForeignKeyOp) for step in part.late)
                yield self._script(part, Turn.LATE, part.late, sorted(part.needs & self.last.keys()) if waits else [])

    def _script(self, part: DomainSteps, turn: Turn, steps: list[Step], needs: Sequence[Path]) -> DomainScript:
        head = self._stands(part.folder)[:1]
        known = self._known(head)
        needed = [name for need in needs for name in self._stands(need) if name not in known]
        known |= self._known(needed)
        others = [line for line in self.history.lines if line != part.folder] if any(map(_takes_away, steps)) else []
        after = [name for line in others for name in self._stands(line) if name not in known]
        made = ops.MigrationScript(
            rev_id(),
            ops.UpgradeOps(steps),
            ops.DowngradeOps([]),
            message=self.revision.message,
            imports={*self.revision.imports},
            head=head[0] if head else "base",
            splice=self.revision.splice,
            version_path=part.folder,
            depends_on=needed or None,
        )
        self.last[part.folder] = name = str(made.rev_id)
        self.leads_back[name] = {name, *known}
        return DomainScript(made, turn, after)

    def _stands(self, folder: Path) -> Sequence[str]:
        """The last steps of a folder, with what is written of it now."""
        return [self.last[folder]] if folder in self.last else self.history.heads(folder)

    def _known(self, steps: Sequence[str]) -> set[str]:
        """The steps with all that they follow or need."""
        there = [step for step in steps if step not in self.leads_back]
        known = self.history.before(there) if there else set()
        return known.union(*(self.leads_back[step] for step in steps if step in self.leads_back))


def _takes_away(step: Step) -> bool:
    """Whether others may have led to what it drops, or gives another name or type."""
    if isinstance(step, RenameOp):
        return step.rename.thing in (Thing.TABLE, Thing.SCHEMA, Thing.COLUMN)
    return isinstance(step, ops.DropTableOp) or (isinstance(step, ops.AlterColumnOp) and step.modify_type is not None)
