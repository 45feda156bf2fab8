"""The steps there are: in which order, where they branch, and which of them a database has yet to take."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic.script import Script, ScriptDirectory

from framework.errors import Invalid
from framework.sql.migrations.irreversible import told


@dataclass(frozen=True, slots=True)
class StepStatus:
    """A step and where it stands; `taken` where the database has taken it, `head` where none follows it.

    `irreversible` is why it cannot be taken back, or not while a table holds records.
    """

    revision: str
    says: str
    path: str
    taken: bool
    head: bool
    irreversible: str | None = None


@dataclass(frozen=True, slots=True)
class History:
    """The steps of all folders; new ones are written to the folder `own`."""

    scripts: ScriptDirectory
    own: Path

    @property
    def heads(self) -> tuple[list[str], list[str]]:
        """The steps that none follows: those of the own folder, and those of the others."""
        found = [*self.scripts.get_revisions("heads")]
        ours = [step.revision for step in found if Path(step.path).parent == self.own]
        return ours, [step.revision for step in found if step.revision not in ours]

    def refuse_two_heads(self) -> None:
        """Raises Invalid where two steps of the own folder follow the same one, as when two people wrote one each."""
        ours, _ = self.heads
        if len(ours) > 1:
            raise Invalid(
                f"the steps of {self.own.name} branch: {', '.join(sorted(ours))} are each the last of a line",
                code="two_heads",
                path=("migrations",),
                params={"heads": sorted(ours)},
                hint="dspex merge writes the step that follows them all",
            )

    def one_back(self, taken: Sequence[str]) -> str | None:
        """Where one step of the own folder leads back to, as Alembic takes it; None where it has taken none of them."""
        done = [step for step in self.steps(taken) if step.taken and Path(step.path).parent == self.own]
        if not done:
            return None
        follows = several(self.scripts.get_revision(done[-1].revision).down_revision)
        # A merge leads back to the heads that it joined, whichever of them is named.
        return follows[0] if len(follows) > 1 else f"{done[-1].revision}@-1"

    def ahead_of(self, taken: Sequence[str]) -> list[str]:
        """The steps that follow those the database has taken; refuses one that has taken others."""
        return [f"{step.revision}: {step.says}" for step in self.steps(taken) if not step.taken]

    def before_contracts(self, taken: Sequence[str]) -> list[str]:
        """The last steps to go to, so that neither a contract nor what follows one is carried out."""
        waiting = [step for step in self.steps(taken) if not step.taken]
        shut: set[str] = set()
        reached: list[str] = []
        for step in waiting:
            script = self.scripts.get_revision(step.revision)
            follows = {*several(script.down_revision), *several(script.dependencies)}
            if getattr(script.module, "contracts", False) or follows & shut:
                shut.add(step.revision)
            else:
                reached.append(step.revision)
        below = {each for step in reached for each in several(self.scripts.get_revision(step).down_revision)}
        return [step for step in reached if step not in below]

    def steps(self, taken: Sequence[str]) -> list[StepStatus]:
        """Every step, oldest first; refuses a database that has taken others."""
        steps = [*self.scripts.walk_revisions()]
        _refuse_unknown(taken, {step.revision for step in steps})
        done = {step.revision for step in self.scripts.iterate_revisions(tuple(taken), "base", implicit_base=True)}
        return [
            StepStatus(step.revision, step.doc, step.path, step.revision in done, step.is_head, _irreversible(step))
            for step in reversed(steps)
        ]


def _irreversible(step: Script) -> str | None:
    return told(getattr(step.module, "irreversible", None))


def several(revision: Any) -> tuple[str, ...]:
    """What Alembic gives as none, one or many, as many."""
    return (revision,) if isinstance(revision, str) else tuple(revision or ())


def _refuse_unknown(taken: Sequence[str], steps: Collection[str]) -> None:
    for revision in taken:
        if revision not in steps:
            raise Invalid(
                f"the database stands at the step `{revision}`, which is none of those here: another version of the "
                "program, or one with other domains, made it, so what its tables are is not known",
                code="unknown_step",
                path=("DATABASE_URL",),
                hint="run the version that made it, or begin with an empty database (with the private servers: another "
                "folder with DSPEX_DATA_DIR)",
            )
