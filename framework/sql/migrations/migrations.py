"""Migrations as a program runs them: upgrade, downgrade, write a revision, look for drift."""

from __future__ import annotations

import asyncio
import os
import threading
from argparse import Namespace
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from alembic import autogenerate, command
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from framework.errors import Invalid
from framework.spec.domain import DomainSpec
from framework.sql.integrity import failure_of
from framework.sql.migrations.decisions import UNDECIDED, Decisions
from framework.sql.migrations.differences import differences
from framework.sql.migrations.metadata import metadata_of

T = TypeVar("T")
# Alembic keeps what it is at in globals.
ONE_AT_A_TIME = threading.Lock()
SCRIPTS = Path(__file__).parents[3] / "migrations"
SHIPPED = SCRIPTS / "versions"
FILE_NAME = "%%(year)d%%(month).2d%%(day).2d_%%(hour).2d%%(minute).2d_%%(slug)s"


@dataclass(frozen=True, slots=True)
class Migrations:
    """The steps of one database. `folders` hold them; new ones are written to the last.

    Steps in the last folder follow those of the folders before it, so a domain that is served beside another
    keeps its own history and its tables can refer to the other's.
    """

    domain: DomainSpec
    url: str
    folders: tuple[Path, ...] = (SHIPPED,)

    async def upgrade(self, revision: str = "heads") -> None:
        """Carries out every step up to that one."""
        await self._off_loop(lambda: command.upgrade(self._config(), revision))

    async def downgrade(self, revision: str) -> None:
        """Takes back every step after that one; `base` leaves nothing."""
        await self._off_loop(lambda: command.downgrade(self._config(), revision))

    async def revision(self, message: str, decisions: Decisions = UNDECIDED) -> Path | None:
        """Writes the step from what the steps make to what is declared; None when there is nothing to do."""
        return await self._off_loop(lambda: self._revision(message, decisions))

    async def check(self) -> list[str]:
        """What is not as declared, in words: steps to carry out, and differences that no step makes."""
        return await self._off_loop(self._check)

    async def pending(self) -> list[str]:
        """The steps that the database has yet to take, in order."""
        return await self._off_loop(self._pending)

    async def _off_loop(self, work: Callable[[], T]) -> T:
        """Alembic waits where it stands, so it does in a thread of its own."""
        return await asyncio.to_thread(_translated, work)

    def _config(self) -> Config:
        # Quiet, as whoever asked for a step tells of it; and writing it, where a revision has something to write.
        config = Config(attributes={"given": self}, cmd_opts=Namespace(quiet=True, autogenerate=True))
        config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
        folders = os.pathsep.join(str(folder.absolute()) for folder in self.folders)
        config.set_main_option("version_locations", folders.replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        config.set_main_option("file_template", FILE_NAME)
        config.set_main_option("timezone", "UTC")
        return config

    def _revision(self, message: str, decisions: Decisions) -> Path | None:
        config = self._config()
        config.attributes["decisions"] = decisions
        scripts = ScriptDirectory.from_config(config)
        own = self.folders[-1].absolute()
        own.mkdir(parents=True, exist_ok=True)
        heads = [*scripts.get_revisions("heads")]
        ours = [step.revision for step in heads if Path(step.path).parent == own]
        others = [step.revision for step in heads if step.revision not in ours]
        follows: dict[str, Any] = {"head": ours[0]} if ours else {"head": "base", "depends_on": others or None}
        made = command.revision(config, message, autogenerate=True, version_path=str(own), **follows)
        written = made if isinstance(made, list) else [made]
        return next((Path(script.path) for script in written if script is not None), None)

    def _pending(self) -> list[str]:
        steps: list[str] = []

        def look(revision: Any, _: MigrationContext) -> list[Any]:
            steps.extend(self._ahead_of(revision))
            return []

        self._run(look)
        return steps

    def _check(self) -> list[str]:
        found: list[str] = []

        def look(revision: Any, context: MigrationContext) -> list[Any]:
            found.extend(f"not carried out: {step}" for step in self._ahead_of(revision))
            if not found:
                script = autogenerate.produce_migrations(context, metadata_of(self.domain))
                found.extend(differences(script.upgrade_ops_list[0]))
            return []

        self._run(look)
        return found

    def _ahead_of(self, revision: Any) -> list[str]:
        """The steps that follow those the database has taken; refuses one that has taken others."""
        scripts = ScriptDirectory.from_config(self._config())
        _refuse_unknown(revision, {step.revision for step in scripts.walk_revisions()})
        done = {step.revision for step in scripts.iterate_revisions(revision, "base", implicit_base=True)}
        steps = [step for step in scripts.walk_revisions() if step.revision not in done]
        return [f"{step.revision}: {step.doc}" for step in reversed(steps)]

    def _run(self, look: Callable[[Any, MigrationContext], list[Any]]) -> None:
        config = self._config()
        scripts = ScriptDirectory.from_config(config)
        with EnvironmentContext(config, scripts, fn=look, destination_rev="heads"):
            scripts.run_env()


def _refuse_unknown(taken: str | Sequence[str] | None, steps: Collection[str]) -> None:
    for revision in (taken,) if isinstance(taken, str) else taken or ():
        if revision not in steps:
            raise Invalid(
                f"the database stands at the step `{revision}`, which is none of those here: another version of the "
                "program, or one with other domains, made it, so what its tables are is not known",
                code="unknown_step",
                path=("DATABASE_URL",),
                hint="run the version that made it, or begin with an empty database (with the private servers: another "
                "folder with DSPEX_DATA_DIR)",
            )


def _translated(work: Callable[[], T]) -> T:
    try:
        with ONE_AT_A_TIME:
            return work()
    except CommandError as error:
        raise Invalid(str(error), code="bad_migration") from error
    except sa.exc.SQLAlchemyError as error:
        raise failure_of(error) or error from error
