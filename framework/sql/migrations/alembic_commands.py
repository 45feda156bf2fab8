"""Alembic's commands over the steps of one database: each waits where it stands."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import StringIO
from pathlib import Path
from typing import Any, TextIO, TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from framework.errors import Invalid
from framework.spec.domain import DomainSpec
from framework.sql.application_role import ROLE
from framework.sql.migrations.autogenerate import LEFT
from framework.sql.migrations.collector import collector_paused
from framework.sql.migrations.drift import drift, one_stands
from framework.sql.migrations.environment import Asked
from framework.sql.migrations.history import History, StepStatus, Taken
from framework.sql.migrations.lines.merging import refuse_meetings
from framework.sql.migrations.operations.adoption import STANDING, standing_tables
from framework.sql.migrations.operations.lock_policy import LockPolicy
from framework.sql.migrations.ownership import Changes
from framework.sql.migrations.plan.adopting import ALL, differences_if_adopted
from framework.sql.migrations.plan.decided.decisions import UNDECIDED, Decisions
from framework.sql.migrations.running.application_role import let_in_at
from framework.sql.migrations.running.interruption import Interruption
from framework.sql.migrations.running.readiness import ahead_by, steps_in
from framework.sql.migrations.running.taken import told
from framework.sql.migrations.writing import CHANGES

T = TypeVar("T")
ADOPT_ALL = Decisions(adopts=(ALL,))
SCRIPTS = Path(__file__).parents[3] / "migrations"
FILE_NAME = "%%(year)d%%(month).2d%%(day).2d_%%(hour).2d%%(minute).2d_%%(rev)s_%%(slug)s"


@dataclass(frozen=True, slots=True)
class Written:
    """A step that was written: which locks it takes, and why it is as it is, in words.

    `given` are the columns, with their tables, to which it gives other values. `left` are the domains whose changes are
    left for another revision.
    """

    path: Path
    locks: Sequence[str] = ()
    notes: Sequence[str] = ()
    given: Sequence[str] = ()
    left: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class AlembicCommands:
    """What can be asked of the steps; `Migrations` says what each is, and asks off the loop."""

    domain: DomainSpec
    url: str
    folders: Mapping[str, Path]
    version_table: str
    lock_policy: LockPolicy
    interruption: Interruption = field(default_factory=Interruption)
    role: str = ROLE

    def written(self, message: str, decisions: Decisions, domain: str | None) -> Sequence[Written]:
        """Writes the steps, and tells of them."""
        history = self._history()
        if domain is not None:
            history.folder_of(domain)
        config = self._config(decisions=decisions, only=domain)
        with collector_paused():
            written = self._write(config, message, history.lines[0], autogenerate=True)
        left = config.attributes.get(LEFT, ())
        if left and not written:
            says = f"nothing of `{domain}` has changed; changes of {', '.join(left)} are not written yet"
            raise Invalid(says, code="nothing_changed", path=("domain",), hint="leave out --domain, or name that one")
        return [replace(each, left=left) for each in written]

    def empty_revision(self, message: str, domain: str | None) -> Path:
        """Writes a step with nothing in it."""
        folder = self._history().one_line(domain)
        return self._write(self._config(), message, folder, autogenerate=False)[0].path

    def merge(self, message: str, domain: str | None) -> Path | None:
        """Writes the step that follows the heads of a folder; None where there is only one.

        Refuses lines of which one takes away what the other speaks of.
        """
        history = self._history()
        branching = history.branching()
        clear = domain is None and len(branching) < 2
        folder = next(iter(branching), None) if clear else history.one_line(domain)
        heads = [] if folder is None else history.heads(folder)
        if len(heads) < 2:
            return None
        refuse_meetings(history, heads, {step.revision for step in history.steps(self._taken()) if step.taken})
        made = command.merge(self._config(), heads, message)
        return None if made is None else Path(made.path)

    def upgrade(self, revision: str) -> list[str]:
        """Carries out the steps up to that one, and gives them."""
        self._known().refuse_two_heads()
        return self._upgrade(revision)

    def expand(self) -> list[str]:
        """Carries out what stands before the first contract, and gives that."""
        history = self._known()
        history.refuse_two_heads()
        reached = history.before_contracts(self._taken())
        # One run, as several steps can be named at once, though Alembic says that it takes a text.
        return self._upgrade(tuple(reached)) if reached else []

    def _upgrade(self, to: Any) -> list[str]:
        carried_out: list[str] = []
        command.upgrade(self._config(carried_out=carried_out), to)
        let_in_at(self.url, self.domain, self.role)
        return carried_out

    def downgrade(self, revision: str, domain: str | None) -> None:
        """Takes back what follows that step."""
        back = self._history().way_back(self._taken(), revision, domain)
        if back is not None:
            command.downgrade(self._config(), back)

    def upgrade_sql(self) -> str:
        """What an upgrade would run, as a script."""
        self._known().refuse_two_heads()
        taken = self._taken().revisions
        if len(taken) > 1:
            raise Invalid(
                "the SQL of what is waiting can be told only from one step on, and this database stands at several: "
                + ", ".join(taken),
                code="several_steps",
                hint="ask for it with an empty database, or write alembic upgrade FROM:heads --sql",
            )
        text = StringIO()
        config = self._config(text)
        config.attributes[STANDING] = frozenset(self._found(standing_tables))
        command.upgrade(config, f"{taken[0]}:heads" if taken else "heads", sql=True)
        return text.getvalue()

    def pending(self) -> list[str]:
        """The steps that the database has yet to take, in order."""
        return self._history().ahead_of(self._taken())

    def check(self) -> list[str]:
        """What is not as declared, in words."""
        waiting = [f"not carried out: {step}" for step in self.pending()]
        return waiting or self._found(drift, self.domain)

    def stamp(self, revision: str) -> None:
        """Writes down that the database stands at that step."""
        command.stamp(self._config(), revision)

    def history(self) -> list[StepStatus]:
        """Every step, oldest first, and whether the database has taken it."""
        return self._history().steps(self._taken())

    def standing_differences(self) -> dict[str, str]:
        """What would be changed of the declared tables that stand if they were ours."""
        return dict(self._found(differences_if_adopted, self.domain, ADOPT_ALL))

    def ahead(self) -> list[str]:
        """The expands by which the database is ahead, where the program may go on beside them."""
        known = steps_in([*self.folders.values()])
        return self._found(lambda at: ahead_by(known, at.get_current_heads(), told(at)))

    def _config(self, output: TextIO | None = None, **asked: Any) -> Config:
        folders = {name: folder.absolute() for name, folder in self.folders.items()}
        known: dict[str, Any] = {"domain": self.domain, "lock_policy": self.lock_policy, "folders": folders, **asked}
        known["interruption"] = self.interruption
        about = Asked(self.url, version_table=self.version_table, **known)
        # Quiet, as whoever asked for a step tells of it; and writing it, where a revision has something to write.
        config = Config(
            output_buffer=output, attributes={"asked": about}, cmd_opts=Namespace(quiet=True, autogenerate=True)
        )
        config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
        places = os.pathsep.join(str(folder) for folder in dict.fromkeys(folders.values()))
        config.set_main_option("version_locations", places.replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        config.set_main_option("file_template", FILE_NAME)
        config.set_main_option("timezone", "UTC")
        return config

    def _write(self, config: Config, message: str, folder: Path, *, autogenerate: bool) -> Sequence[Written]:
        for each in self.folders.values():
            each.mkdir(parents=True, exist_ok=True)
        history, taken = self._history(), self._taken()
        history.steps(taken)
        history.refuse_two_heads()
        waiting = history.ahead_of(taken)
        if autogenerate and waiting:
            why = f"a step is written from the tables as they stand, and these wait: {', '.join(waiting)}"
            raise Invalid(why, code="steps_waiting", hint="dspex migrate, or take the files away")
        head = next(iter(history.heads(folder)), "base")
        made = command.revision(config, message, autogenerate=autogenerate, version_path=str(folder), head=head)
        scripts = [each for each in (made if isinstance(made, list) else [made]) if each is not None]
        says: Mapping[str, Changes] = config.attributes.get(CHANGES, {})
        told = [says.get(script.revision, Changes()) for script in scripts]
        return [
            Written(Path(script.path), each.locks, each.notes, each.given)
            for script, each in zip(scripts, told, strict=True)
        ]

    def _found(
        self,
        what: Callable[[MigrationContext], Iterable[T]],
        domain: DomainSpec | None = None,
        decisions: Decisions = UNDECIDED,
    ) -> list[T]:
        """What is to be found in the database; seen beside what is declared where a domain is told."""
        found: list[T] = []

        def look(_: Any, context: MigrationContext) -> list[Any]:
            found.extend(what(context))
            return []

        config = self._config(decisions=decisions, domain=domain)
        scripts = ScriptDirectory.from_config(config)
        with (
            EnvironmentContext(config, scripts, fn=look, destination_rev="heads", dont_mutate=True),
            collector_paused(),
        ):
            scripts.run_env()
        return found

    def _taken(self) -> Taken:
        """The last steps that the database has taken, one of each history."""
        return self._found(self._taken_by)[0]

    def _taken_by(self, context: MigrationContext) -> Iterator[Taken]:
        assert context.connection is not None
        stands = one_stands(context.connection, self.domain)
        yield Taken(context.get_current_heads(), stands, self.version_table)

    def _known(self) -> History:
        """The history, of a database that has taken no other steps."""
        history = self._history()
        history.steps(self._taken())
        return history

    def _history(self) -> History:
        folders = {name: folder.absolute() for name, folder in self.folders.items()}
        return History(ScriptDirectory.from_config(self._config()), folders)
