"""Migrations as a program runs them: upgrade, downgrade, write a revision, look for drift."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from alembic.util import CommandError

from framework.errors import Invalid
from framework.spec.domain import DomainSpec
from framework.sql.application_role import ROLE
from framework.sql.migrations.alembic_commands import SCRIPTS, AlembicCommands, Written
from framework.sql.migrations.failures import RunInterrupted, StepHalted, failure_in_step, interrupted
from framework.sql.migrations.history import StepStatus
from framework.sql.migrations.operations.lock_policy import USUAL, LockPolicy
from framework.sql.migrations.plan.decided.decisions import UNDECIDED, Decisions
from framework.sql.migrations.running.readiness import VERSION_TABLE

T = TypeVar("T")
# Alembic keeps what it is at in globals.
ONE_AT_A_TIME = threading.Lock()
SHIPPED = SCRIPTS / "versions"


@dataclass(frozen=True, slots=True)
class Migrations:
    """The steps of one database. `folders` hold them, each those of a domain, in the order of the domains.

    A domain's steps are a history of their own; where they lead to another's tables they need a step of that.
    `version_table` is where the database keeps which of them it has taken, with its schema if it is in one. The `role`
    is let in at the tables, where anything belongs to tenants.
    """

    domain: DomainSpec
    url: str
    folders: Mapping[str, Path] = field(default_factory=lambda: {"platform": SHIPPED})
    version_table: str = VERSION_TABLE
    lock_policy: LockPolicy = USUAL
    role: str = ROLE

    async def upgrade(self, revision: str = "heads") -> list[str]:
        """Carries out every step up to that one, and gives those that it has carried out.

        One that is cancelled ends the statement that it is at; the failure that tells what stays is the cause of its
        CancelledError.
        """
        return await self._off_loop(lambda at: at.upgrade(revision))

    async def expand(self) -> list[str]:
        """Carries out every step before the first contract, and gives those that it has carried out."""
        return await self._off_loop(AlembicCommands.expand)

    async def upgrade_sql(self) -> str:
        """What an upgrade would run, as a script for whoever runs it by hand; nothing is carried out."""
        return await self._off_loop(AlembicCommands.upgrade_sql)

    async def downgrade(self, revision: str, domain: str | None = None) -> None:
        """Takes back every step after that one; `base` leaves nothing, `-1` takes back one of the last domain.

        With a domain both are about its own steps. Raises Invalid where steps of another domain need them.
        """
        await self._off_loop(lambda at: at.downgrade(revision, domain))

    async def revision(self, message: str, decisions: Decisions = UNDECIDED) -> Path | None:
        """Writes the step from what the steps make to what is declared; None when there is nothing to do.

        Of several, as domains have one each, the last is told.
        """
        return next((each.path for each in reversed(await self.written(message, decisions))), None)

    async def written(
        self, message: str, decisions: Decisions = UNDECIDED, domain: str | None = None
    ) -> Sequence[Written]:
        """Writes a step for every domain that has changes, or for that one alone, and tells of them.

        None when there is nothing to do.
        """
        return await self._off_loop(lambda at: at.written(message, decisions, domain))

    async def empty_revision(self, message: str, domain: str | None = None) -> Path:
        """Writes a step with nothing in it, for what no declaration tells: data to carry over, SQL of one's own.

        Raises Invalid where several folders keep steps, and none is named.
        """
        return await self._off_loop(lambda at: at.empty_revision(message, domain))

    async def merge(self, message: str, domain: str | None = None) -> Path | None:
        """Writes the step that follows all the heads of a domain; None where there is only one.

        Raises Invalid where several domains branch, and none is named.
        """
        return await self._off_loop(lambda at: at.merge(message, domain))

    async def stamp(self, revision: str) -> None:
        """Writes down that the database stands at that step, without carrying anything out."""
        await self._off_loop(lambda at: at.stamp(revision))

    async def history(self) -> list[StepStatus]:
        """Every step, oldest first, and whether the database has taken it."""
        return await self._off_loop(AlembicCommands.history)

    async def check(self) -> list[str]:
        """What is not as declared, in words: steps to carry out, and differences that no step makes."""
        return await self._off_loop(AlembicCommands.check)

    async def standing_differences(self) -> dict[str, str]:
        """What would be changed of the declared tables that stand if they were ours, by its name and in words."""
        return await self._off_loop(AlembicCommands.standing_differences)

    async def ahead(self) -> list[str]:
        """The expands that the database has taken, and the program does not know, where it may go on beside them."""
        return await self._off_loop(AlembicCommands.ahead)

    async def pending(self) -> list[str]:
        """The steps that the database has yet to take, in order."""
        return await self._off_loop(AlembicCommands.pending)

    async def _off_loop(self, work: Callable[[AlembicCommands], T]) -> T:
        """Alembic waits where it stands, so it does in a thread of its own, which ends before this does."""
        at = AlembicCommands(self.domain, self.url, self.folders, self.version_table, self.lock_policy, role=self.role)
        thread = asyncio.ensure_future(asyncio.to_thread(_translated, lambda: work(at), [*self.folders.values()]))
        try:
            return await asyncio.shield(thread)
        except asyncio.CancelledError:
            at.interruption.ask()
            await asyncio.wait([thread])
            raise asyncio.CancelledError from thread.exception()


def _translated(work: Callable[[], T], folders: Sequence[Path]) -> T:
    try:
        with ONE_AT_A_TIME:
            return work()
    except CommandError as error:
        raise Invalid(str(error), code="bad_migration") from error
    except RunInterrupted as error:
        raise interrupted(error, [folder.absolute() for folder in folders]) from error
    except (sa.exc.SQLAlchemyError, StepHalted) as error:
        raise failure_in_step(error, [folder.absolute() for folder in folders]) or error from error
