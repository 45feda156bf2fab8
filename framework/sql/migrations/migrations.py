"""Migrations as a program runs them: upgrade, downgrade, write a revision, look for drift."""

from __future__ import annotations

import asyncio
import os
import threading
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any, TextIO, TypeVar

import sqlalchemy as sa
from alembic import autogenerate, command
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from framework.errors import Invalid
from framework.spec.domain import DomainSpec
from framework.sql.migrations.compare.differences import differences
from framework.sql.migrations.compare.others import others_differences
from framework.sql.migrations.failures import StepHalted, failure_in_step
from framework.sql.migrations.history import History, StepStatus, several
from framework.sql.migrations.operations.patience import USUAL, Patience
from framework.sql.migrations.ownership import UNMANAGED, Changes
from framework.sql.migrations.plan.decisions import UNDECIDED, Decisions
from framework.sql.migrations.writing import CHANGES

T = TypeVar("T")
# Alembic keeps what it is at in globals.
ONE_AT_A_TIME = threading.Lock()
SCRIPTS = Path(__file__).parents[3] / "migrations"
SHIPPED = SCRIPTS / "versions"
FILE_NAME = "%%(year)d%%(month).2d%%(day).2d_%%(hour).2d%%(minute).2d_%%(rev)s_%%(slug)s"


@dataclass(frozen=True, slots=True)
class Written:
    """A step that was written: which locks it takes, and why it is as it is, in words."""

    path: Path
    locks: Sequence[str] = ()
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Migrations:
    """The steps of one database. `folders` hold them; new ones are written to the last.

    Steps in the last folder follow those of the folders before it, so a domain that is served beside another
    keeps its own history and its tables can refer to the other's.
    """

    domain: DomainSpec
    url: str
    folders: tuple[Path, ...] = (SHIPPED,)
    patience: Patience = USUAL

    async def upgrade(self, revision: str = "heads") -> None:
        """Carries out every step up to that one."""
        await self._off_loop(lambda: self._upgrade(revision))

    async def expand(self) -> list[str]:
        """Carries out every step before the first contract, and gives those that are left."""
        return await self._off_loop(self._expand)

    async def upgrade_sql(self) -> str:
        """What an upgrade would run, as a script for whoever runs it by hand; nothing is carried out."""
        return await self._off_loop(self._upgrade_sql)

    async def downgrade(self, revision: str) -> None:
        """Takes back every step after that one; `base` leaves nothing, `-1` takes back one of the last folder."""
        await self._off_loop(lambda: self._downgrade(revision))

    async def revision(self, message: str, decisions: Decisions = UNDECIDED) -> Path | None:
        """Writes the step from what the steps make to what is declared; None when there is nothing to do."""
        return next((each.path for each in await self.written(message, decisions)), None)

    async def written(self, message: str, decisions: Decisions = UNDECIDED) -> Sequence[Written]:
        """Writes the step, or the two that were asked for, and tells of them; none when there is nothing to do."""
        return await self._off_loop(lambda: self._write(message, decisions, autogenerate=True))

    async def empty_revision(self, message: str) -> Path:
        """Writes a step with nothing in it, for what no declaration tells: data to carry over, SQL of one's own."""
        (made,) = await self._off_loop(lambda: self._write(message, autogenerate=False))
        return made.path

    async def merge(self, message: str) -> Path | None:
        """Writes the step that follows all the heads of the last folder; None where there is only one."""
        return await self._off_loop(lambda: self._merge(message))

    async def stamp(self, revision: str) -> None:
        """Writes down that the database stands at that step, without carrying anything out."""
        await self._off_loop(lambda: command.stamp(self._config(), revision))

    async def history(self) -> list[StepStatus]:
        """Every step, oldest first, and whether the database has taken it."""
        return await self._off_loop(lambda: self._history().steps(self._taken()))

    async def check(self) -> list[str]:
        """What is not as declared, in words: steps to carry out, and differences that no step makes."""
        return await self._off_loop(self._check)

    async def pending(self) -> list[str]:
        """The steps that the database has yet to take, in order."""
        return await self._off_loop(self._pending)

    async def _off_loop(self, work: Callable[[], T]) -> T:
        """Alembic waits where it stands, so it does in a thread of its own."""
        return await asyncio.to_thread(_translated, work, self.folders)

    def _config(self, output: TextIO | None = None) -> Config:
        # Quiet, as whoever asked for a step tells of it; and writing it, where a revision has something to write.
        config = Config(
            output_buffer=output, attributes={"given": self}, cmd_opts=Namespace(quiet=True, autogenerate=True)
        )
        config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
        folders = os.pathsep.join(str(folder.absolute()) for folder in self.folders)
        config.set_main_option("version_locations", folders.replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        config.set_main_option("file_template", FILE_NAME)
        config.set_main_option("timezone", "UTC")
        return config

    def _write(self, message: str, decisions: Decisions = UNDECIDED, *, autogenerate: bool) -> Sequence[Written]:
        config = self._config()
        config.attributes["decisions"] = decisions
        own = self.folders[-1].absolute()
        own.mkdir(parents=True, exist_ok=True)
        history = History(ScriptDirectory.from_config(config), own)
        history.refuse_two_heads()
        ours, others = history.heads
        follows: dict[str, Any] = {"head": ours[0]} if ours else {"head": "base", "depends_on": others or None}
        made = command.revision(config, message, autogenerate=autogenerate, version_path=str(own), **follows)
        scripts = [each for each in (made if isinstance(made, list) else [made]) if each is not None]
        says: Mapping[str, Changes] = config.attributes.get(CHANGES, {})
        told = [says.get(script.revision, Changes()) for script in scripts]
        return [Written(Path(script.path), each.locks, each.notes) for script, each in zip(scripts, told, strict=True)]

    def _merge(self, message: str) -> Path | None:
        ours, _ = self._history().heads
        made = command.merge(self._config(), ours, message) if len(ours) > 1 else None
        return None if made is None else Path(made.path)

    def _upgrade(self, revision: str) -> None:
        self._history().refuse_two_heads()
        command.upgrade(self._config(), revision)

    def _expand(self) -> list[str]:
        history = self._history()
        history.refuse_two_heads()
        for revision in history.before_contracts(self._taken()):
            command.upgrade(self._config(), revision)
        return self._pending()

    def _downgrade(self, revision: str) -> None:
        back = self._history().one_back(self._taken()) if revision == "-1" else None
        command.downgrade(self._config(), back or revision)

    def _upgrade_sql(self) -> str:
        taken = self._taken()
        if len(taken) > 1:
            raise Invalid(
                "the SQL of what is waiting can be told only from one step on, and this database stands at several: "
                + ", ".join(taken),
                code="several_steps",
                hint="ask for it with an empty database, or write alembic upgrade FROM:heads --sql",
            )
        text = StringIO()
        command.upgrade(self._config(text), f"{taken[0]}:heads" if taken else "heads", sql=True)
        return text.getvalue()

    def _pending(self) -> list[str]:
        return self._history().ahead_of(self._taken())

    def _check(self) -> list[str]:
        found: list[str] = []

        def look(revision: Any, context: MigrationContext) -> list[Any]:
            found.extend(f"not carried out: {step}" for step in self._history().ahead_of(several(revision)))
            if not found:
                script = autogenerate.produce_migrations(context, context.opts["target_metadata"])
                found.extend(differences(script.upgrade_ops_list[0]))
                assert context.connection is not None
                found.extend(others_differences(context.connection, context.opts["target_metadata"].info[UNMANAGED]))
            return []

        self._run(look)
        return found

    def _taken(self) -> tuple[str, ...]:
        """The last steps that the database has taken, one of each history."""
        taken: list[str] = []

        def look(revision: Any, _: MigrationContext) -> list[Any]:
            taken.extend(several(revision))
            return []

        self._run(look)
        return tuple(taken)

    def _history(self) -> History:
        return History(ScriptDirectory.from_config(self._config()), self.folders[-1].absolute())

    def _run(self, look: Callable[[Any, MigrationContext], list[Any]]) -> None:
        config = self._config()
        scripts = ScriptDirectory.from_config(config)
        with EnvironmentContext(config, scripts, fn=look, destination_rev="heads"):
            scripts.run_env()


def _translated(work: Callable[[], T], folders: Sequence[Path]) -> T:
    try:
        with ONE_AT_A_TIME:
            return work()
    except CommandError as error:
        raise Invalid(str(error), code="bad_migration") from error
    except (sa.exc.SQLAlchemyError, StepHalted) as error:
        raise failure_in_step(error, [folder.absolute() for folder in folders]) or error from error
