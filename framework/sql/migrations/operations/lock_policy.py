"""How long steps wait for what others hold, and how often they ask again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import sleep
from typing import TypeVar

import psycopg
import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext

from framework.settings import Settings
from framework.sql.timeouts import Timeouts
from framework.telemetry import log

T = TypeVar("T")
LOCKED, DEADLOCK = "55P03", "40P01"
# Where an operation finds whether its step is online, and how long it may wait.
ONLINE, LOCK_POLICY = "dspex_online", "dspex_lock_policy"
# Whether a run has committed something on its way, so that it stays when a later step fails.
COMMITTED = "dspex_committed"
# Of a step that is one transaction: what it has locked is locked for as long.
STATEMENT_SECONDS = 600.0
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0


@dataclass(frozen=True, slots=True)
class LockPolicy:
    """Seconds that a lock is waited for and a statement may take; how often an operation of an online step is tried.

    `statement` None is ten minutes, and for ever in an online step. 0 is for ever. `idle` is how long a transaction
    may be open with nothing asked: a step that hangs holds what it has locked no longer.
    """

    lock: float = 2.0
    tries: int = 8
    statement: float | None = None
    idle: float = 600.0

    @staticmethod
    def of(settings: Settings) -> LockPolicy:
        """What the settings say."""
        return LockPolicy(
            settings.migration_lock_seconds,
            settings.migration_lock_tries,
            settings.migration_statement_seconds,
            settings.migration_idle_seconds,
        )

    def begin(self, connection: sa.Connection) -> None:
        """Tells the server, for steps that are one transaction."""
        self._tell(connection, self.lock, STATEMENT_SECONDS if self.statement is None else self.statement)

    def go_online(self, connection: sa.Connection) -> None:
        """Tells the server, for an online step."""
        self._tell(connection, self.lock, self.statement or 0)

    def wait_for_ever(self, connection: sa.Connection) -> None:
        """Tells the server, for a statement that nobody has to wait for."""
        self._tell(connection, 0, self.statement or 0)

    def retry(self, work: Callable[[], T], who: Callable[[sa.exc.DBAPIError], object]) -> T:
        """Does the work; after each lock that was not got, once more, with pauses that grow.

        `who` tells of those in the way, for the log.
        """
        for pause in self._pauses():
            try:
                return work()
            except sa.exc.DBAPIError as error:
                if not lock_was_held(error):
                    raise
                log.warning("migration.lock_held", by=who(error), next_try_in_seconds=pause)
                sleep(pause)
        return work()

    def _pauses(self) -> Iterator[float]:
        for number in range(self.tries - 1):
            yield min(FIRST_PAUSE * 2**number, LONGEST_PAUSE)

    def _tell(self, connection: sa.Connection, lock: float, statement: float) -> None:
        for each in Timeouts(lock, statement, self.idle).statements:
            connection.exec_driver_sql(each)


USUAL = LockPolicy()


def lock_was_held(error: sa.exc.DBAPIError) -> bool:
    """Whether it failed because others hold what it needs."""
    return isinstance(error.orig, psycopg.Error) and error.orig.sqlstate in (LOCKED, DEADLOCK)


def is_online(context: MigrationContext) -> bool:
    """Whether the step that is carried out is an online one, so that each statement is committed by itself."""
    return bool(context.opts.get(ONLINE))


@contextmanager
def unflushed(connection: sa.Connection) -> Iterator[None]:
    """Within it a commit does not wait for the disk: whoever waits for what it has locked need not, either.

    Nothing can be lost by that but with all that follows: the first commit that waits for the disk waits for these.
    """
    connection.exec_driver_sql("SET synchronous_commit = off")
    yield
    connection.exec_driver_sql("RESET synchronous_commit")


def without_timeout(context: MigrationContext, work: Callable[[], None]) -> None:
    """Does something that may wait for others and that nobody waits for, with no limit to its time."""
    connection = context.connection
    if connection is None or context.as_sql or not is_online(context):
        work()
        return
    lock_policy: LockPolicy = context.opts[LOCK_POLICY]
    lock_policy.wait_for_ever(connection)
    work()
    lock_policy.go_online(connection)


@contextmanager
def committed_apart(context: MigrationContext) -> Iterator[None]:
    """Within it each statement is committed by itself, after all that the run has done so far."""
    if is_online(context):
        yield
        return
    try:
        with context.autocommit_block():
            context.opts[COMMITTED] = True
            yield
    except sa.exc.PendingRollbackError as error:
        # The block cannot be left without a connection; what is to be told is why there is none.
        raise error.__context__ or error from None
