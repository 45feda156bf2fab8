"""The steps there are: of which domain, in which order, where they branch, and which of them a database has taken."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from alembic.script import Script, ScriptDirectory

from framework.errors import Invalid
from framework.sql.migrations.irreversible import told
from framework.sql.migrations.running.readiness import VERSION_TABLE, several
from framework.sql.migrations.running.turns import comes_after, in_turn

RELATIVE = re.compile(r"-\d+")


@dataclass(frozen=True, slots=True)
class StepStatus:
    """A step of a domain and where it stands; `taken` where the database has taken it, `head` where none follows it.

    `irreversible` is why it cannot be taken back, or not while a table holds records.
    """

    revision: str
    says: str
    path: str
    taken: bool
    head: bool
    irreversible: str | None = None
    domain: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """The last steps that a database has taken, as its version table says; `ours` where one of our tables stands."""

    revisions: tuple[str, ...] = ()
    ours: bool = False
    version_table: str = VERSION_TABLE


@dataclass(frozen=True, slots=True)
class History:
    """The steps of all folders, which go by the domain whose steps they keep; several may keep theirs in one."""

    scripts: ScriptDirectory
    folders: Mapping[str, Path]

    @property
    def lines(self) -> tuple[Path, ...]:
        """Each folder once, in the order of the domains."""
        return tuple(dict.fromkeys(self.folders.values()))

    def domain_of(self, folder: Path) -> str:
        """The domain that keeps its steps there, or all of them."""
        return "+".join(name for name, each in self.folders.items() if each == folder)

    def folder_of(self, domain: str) -> Path:
        """Where the domain keeps its steps; raises Invalid where it does not say."""
        if domain not in self.folders:
            known = ", ".join(f"`{name}`" for name in self.folders) or "none"
            raise Invalid(
                f"the domain `{domain}` does not say where its migrations are kept; {known} does",
                code="no_migrations",
                path=("domain",),
                hint=f'say it in the domain: Domain("{domain}", …, migrations="{domain}.migrations")',
            )
        return self.folders[domain]

    def one_line(self, domain: str | None) -> Path:
        """The folder of the domain, or the only one; raises Invalid where nobody says which of several."""
        if domain is not None:
            return self.folder_of(domain)
        if len(self.lines) != 1:
            raise Invalid(
                f"the steps are kept in {len(self.lines)} folders, of {', '.join(map(self.domain_of, self.lines))}",
                code="which_domain",
                path=("domain",),
                params={"domains": [*self.folders]},
                hint="say which, --domain NAME",
            )
        return self.lines[0]

    def heads(self, folder: Path) -> list[str]:
        """The steps of a folder that none of it follows; others' may need them, for which Alembic counts them out."""
        ours = [step for step in self.scripts.walk_revisions() if Path(step.path).parent == folder]
        followed = {before for step in ours for before in several(step.down_revision)}
        return [step.revision for step in ours if step.revision not in followed]

    def branching(self) -> list[Path]:
        """The folders in which two steps follow the same one, as when two people wrote one each."""
        return [folder for folder in self.lines if len(self.heads(folder)) > 1]

    def refuse_two_heads(self) -> None:
        """Raises Invalid where the steps of a folder branch."""
        for folder in self.branching():
            heads = sorted(self.heads(folder))
            name = f" --domain {self.domain_of(folder).partition('+')[0]}" if len(self.lines) > 1 else ""
            raise Invalid(
                f"the steps of {folder.name} branch: {', '.join(heads)} are each the last of a line",
                code="two_heads",
                path=("migrations",),
                params={"heads": heads},
                hint=f"dspex merge{name} writes the step that follows them all",
            )

    def way_back(self, taken: Taken, to: str, domain: str | None = None) -> str | None:
        """What Alembic is told to go back to a step, `base`, or `-1` for one less; None where nothing was taken.

        Where no domain is named, one less is of the last that has taken one which no other needs. Raises Invalid where
        there is none, or a step of another domain, which has been taken, needs one that would be taken back.
        """
        done = [step for step in self.steps(taken) if step.taken]
        if to == "base" and domain is None:
            return to if done else None
        if to != "base" and not RELATIVE.fullmatch(to):
            line = Path(self.scripts.get_revision(to).path).parent
            if domain is not None and line != self.folder_of(domain):
                says = f"the step `{to}` is one of `{self.domain_of(line)}`, and not of `{domain}`"
                raise Invalid(says, code="contradiction", path=("domain",))
            self._refuse_needed(taken, to, line)
            return to
        refused: Invalid | None = None
        for line in reversed(self.lines) if domain is None else (self.folder_of(domain),):
            if ours := [step.revision for step in done if Path(step.path).parent == line]:
                back = self._back(ours[-1], to)
                try:
                    self._refuse_needed(taken, back, line)
                except Invalid as error:
                    refused = refused or error
                else:
                    return back
        if refused is not None:
            raise refused
        return None

    def _back(self, last: str, to: str) -> str:
        follows = several(self.scripts.get_revision(last).down_revision)
        # A merge leads back to the heads that it joined, whichever of them is named.
        return follows[0] if to == "-1" and len(follows) > 1 else f"{last}@{to}"

    def _refuse_needed(self, taken: Taken, back: str, line: Path) -> None:
        gone = [*self.scripts.iterate_revisions(taken.revisions, back, select_for_downgrade=True)]
        names = {step.revision for step in gone}
        stay = [self.scripts.get_revision(each) for each in sorted(self.before(taken.revisions) - names)]
        # A step that only comes after others needs that they are there all the same, once they have been taken.
        needing = [step for step in gone if Path(step.path).parent != line]
        needing += [step for step in stay if names & {*comes_after(step)}]
        if needing:
            name = self.domain_of(Path(needing[0].path).parent).partition("+")[0]
            steps = sorted(step.revision for step in needing)
            raise Invalid(
                f"steps of `{name}` that have been taken need what would be taken back: {', '.join(steps)}",
                code="needed_step",
                path=("migrations",),
                params={"steps": steps, "domain": name},
                hint=f"take those back first, dspex downgrade --domain {name}, or all there are, dspex downgrade base",
            )

    def ahead_of(self, taken: Taken) -> list[str]:
        """The steps that follow those the database has taken; refuses one that has taken others."""
        return [f"{step.revision}: {step.says}" for step in self.steps(taken) if not step.taken]

    def before_contracts(self, taken: Taken) -> list[str]:
        """The last steps to go to, so that neither a contract nor what follows one is carried out."""
        waiting = [step for step in self.steps(taken) if not step.taken]
        shut, below = set[str](), set[str]()
        reached: list[str] = []
        for step in waiting:
            script = self.scripts.get_revision(step.revision)
            follows = {*several(script.down_revision), *several(script.dependencies)}
            if getattr(script.module, "contracts", False) or {*follows, *comes_after(script)} & shut:
                shut.add(step.revision)
            else:
                reached.append(step.revision)
                below |= follows
        return [step for step in reached if step not in below]

    def steps(self, taken: Taken) -> list[StepStatus]:
        """Every step, oldest first; refuses a database that has taken others."""
        steps = in_turn([*self.scripts.walk_revisions()][::-1])
        _refuse_unknown(taken, {step.revision for step in steps})
        done = self.before(taken.revisions)
        return [
            StepStatus(
                step.revision,
                step.doc,
                step.path,
                step.revision in done,
                step.is_head,
                _irreversible(step),
                self.domain_of(Path(step.path).parent),
            )
            for step in steps
        ]

    def before(self, revisions: Sequence[str]) -> set[str]:
        """These steps and all that they follow or need."""
        found = self.scripts.iterate_revisions(tuple(revisions), "base", implicit_base=True)
        return {step.revision for step in found}


def _irreversible(step: Script) -> str | None:
    return told(getattr(step.module, "irreversible", None))


def _refuse_unknown(taken: Taken, steps: Collection[str]) -> None:
    for revision in taken.revisions:
        if revision not in steps:
            others = not taken.ours
            raise Invalid(
                f"the database stands at the step `{revision}`, which is none of those here: "
                + (OTHERS if others else ANOTHER_VERSION),
                code="unknown_step",
                path=("DSPEX_VERSION_TABLE" if others else "DATABASE_URL",),
                params={"version_table": taken.version_table},
                hint=OWN_TABLE if others else RUN_THAT,
            )


ANOTHER_VERSION = (
    "another version of the program, or one with other domains, made it, or its file was taken away, so what its tables"
    " are is not known"
)
RUN_THAT = (
    "run the version that made it, or bring its file back; or begin with an empty database (with the private servers:"
    " another folder with DSPEX_DATA_DIR), and lose what this one holds"
)
OTHERS = "another program keeps its steps in this database, and none of our tables stands"
OWN_TABLE = "keep ours in a table of their own, DSPEX_VERSION_TABLE=dspex_version, or begin with an empty database"
