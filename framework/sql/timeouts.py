"""After how long PostgreSQL gives up a statement, a wait or a transaction, by kind of work."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from framework.settings import Settings

# For how much longer than a statement may take the server is waited for.
ANSWER_SECONDS = 5.0


class Work(StrEnum):
    """What a process works for: requests, somebody waiting for each, or jobs."""

    REQUESTS = "requests"
    JOBS = "jobs"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """After how many seconds PostgreSQL gives up; 0 is never.

    `lock` is how long a statement waits for what another transaction holds, `idle` how long a transaction may be open
    with nothing asked.
    """

    lock: float = 5.0
    statement: float = 60.0
    idle: float = 60.0

    @property
    def silence(self) -> float | None:
        """After how long a server that says nothing has gone; None where a statement may take for ever."""
        return self.statement + ANSWER_SECONDS if self.statement else None

    @property
    def statements(self) -> list[str]:
        """As a connection is told them."""
        names = {
            "lock_timeout": self.lock,
            "statement_timeout": self.statement,
            "idle_in_transaction_session_timeout": self.idle,
        }
        return [f"SET {name} = {round(seconds * 1000)}" for name, seconds in names.items()]

    @staticmethod
    def of_reads(settings: Settings, work: Work = Work.REQUESTS) -> Timeouts:
        """Of what only reads, outside of transactions."""
        if work is Work.JOBS:
            return Timeouts.of_jobs(settings)
        return Timeouts(settings.read_lock_seconds, settings.read_statement_seconds, settings.read_idle_seconds)

    @staticmethod
    def of_writes(settings: Settings, work: Work = Work.REQUESTS) -> Timeouts:
        """Of transactions."""
        if work is Work.JOBS:
            return Timeouts.of_jobs(settings)
        return Timeouts(settings.write_lock_seconds, settings.write_statement_seconds, settings.write_idle_seconds)

    @staticmethod
    def of_jobs(settings: Settings) -> Timeouts:
        """Of whatever a job does."""
        return Timeouts(settings.job_lock_seconds, settings.job_statement_seconds, settings.job_idle_seconds)

    @staticmethod
    def of_upkeep(settings: Settings) -> Timeouts:
        """Of what a process does for itself, again and again: what takes longer has its next turn soon."""
        return Timeouts(settings.upkeep_lock_seconds, settings.upkeep_statement_seconds, settings.upkeep_idle_seconds)


DEFAULT_TIMEOUTS = Timeouts()
