"""A step that failed, in one message: which step and line, what was in the way, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from traceback import walk_tb

import psycopg
import sqlalchemy as sa

from framework.errors import Conflict, Failure, Unavailable
from framework.sql.migrations.operations.renames import as_sent
from framework.sql.statements.integrity import failure_of

GONE = "it is not there, so somebody has dropped it by hand perhaps: make it anew, or take the line out of the step"
# By SQLSTATE (PostgreSQL's Appendix A), what to do.
HINTS = {
    "2BP01": "something that is not ours depends on it, a view perhaps: drop that first, and make it anew afterwards",
    "0A000": "where a view or rule that is not ours uses the column, drop that first, and make it anew afterwards",
    "42P07": "something of this name is there already: rename or drop it, or, if it is the one, dspex stamp the step",
    "42701": "something of this name is there already: rename or drop it, or, if it is the one, dspex stamp the step",
    "42P01": GONE,
    "42703": GONE,
    "55P03": "try again when those who hold the table have ended, or end them: SELECT pg_terminate_backend(process)",
    "57014": "it took longer than the statement may: try again at a quiet time, or with a longer timeout",
    "42501": "the user of DATABASE_URL may not do this: ask as its owner",
}
# How much of a statement is told.
SHOWN = 200
OTHERWISE = "mend what is in the way, by hand or in a step of its own before this one (dspex revision --empty)"


class RunOutcome(StrEnum):
    """What of a run stays when a step fails."""

    NOTHING = "nothing was changed"
    BEFORE = (
        "the steps up to the last online one, or before the last that added labels to an enum, are carried out,"
        " and nothing since; the same again goes on from there"
    )
    HALF_WAY = "the steps before it are carried out, and what stands above that line; the same again goes on from there"


class StepHalted(Exception):
    """A step that PostgreSQL refused: why, who was in the way, what it has left, and what of the run stays.

    `beside` is what a step of another line has done to what it speaks of.
    """

    def __init__(
        self,
        cause: sa.exc.DBAPIError,
        holders: Sequence[str],
        *,
        left: Sequence[str],
        stays: RunOutcome,
        beside: str | None = None,
    ) -> None:
        super().__init__("; ".join([str(cause.orig), *holders]))
        self.cause, self.holders, self.left, self.stays, self.beside = cause, holders, left, stays, beside


class RunInterrupted(Exception):
    """A run that was asked to end: what it was at, what PostgreSQL has left of that, and what of the run stays."""

    def __init__(self, cause: Exception, *, left: Sequence[str], stays: RunOutcome) -> None:
        super().__init__("interrupted")
        self.cause, self.left, self.stays = cause, left, stays


def interrupted(error: RunInterrupted, folders: Sequence[Path]) -> Conflict:
    """What is told of a run that was asked to end."""
    place = _place(error.cause, folders)
    where = "before a step was begun" if place is None else f"in the step {place}"
    says = f"interrupted {where}; {'; '.join([error.stays, *error.left])}"
    return Conflict(says, code="interrupted", path=("migrations",), hint="nothing is lost: the same again goes on")


def failure_in_step(error: sa.exc.SQLAlchemyError | StepHalted, folders: Sequence[Path]) -> Failure | None:
    """The failure that a step ended in; None for a mistake of ours outside of any step."""
    if not isinstance(error, StepHalted):
        return failure_of(error)
    known, cause, place = failure_of(error.cause), error.cause.orig, _place(error.cause, folders)
    if not isinstance(cause, psycopg.Error):
        return known
    if place is None:
        return known or _outside(error.cause, cause)
    if isinstance(known, Unavailable) and known.issues[0].code == "database_unavailable":
        says = f"the step {place} lost its connection to PostgreSQL: {_first_line(cause)}; {error.stays}"
        hint = "see that PostgreSQL runs and answers, then the same again"
        return Unavailable(says, code="database_unavailable", path=("migrations",), hint=hint)
    return _refused(error, cause, place)


def _outside(error: sa.exc.DBAPIError, cause: psycopg.Error) -> Conflict:
    """What was refused while no step was carried out: a look at the database."""
    statement = " ".join(as_sent(error.statement or "").split())
    says = f"PostgreSQL refused to be asked `{statement[:SHOWN]}`: {_first_line(cause)}; {RunOutcome.NOTHING}"
    params = {"sqlstate": cause.sqlstate}
    return Conflict(says, code="look_failed", path=("migrations",), params=params, hint=HINTS.get(cause.sqlstate or ""))


def _refused(error: StepHalted, cause: psycopg.Error, place: str) -> Conflict:
    told = cause.diag.message_detail
    details = [told.splitlines()[0]] if told else [*error.holders]
    detail = f" ({'; '.join(details)})" if details else ""
    return Conflict(
        f"the step {place} failed: {_first_line(cause)}{detail}; {'; '.join([error.stays, *error.left])}",
        code="step_failed",
        path=("migrations",),
        params={
            "step": place.partition(",")[0],
            "sqlstate": cause.sqlstate,
            "table": cause.diag.table_name or "",
            "holders": [*error.holders],
            "half_way": error.stays is RunOutcome.HALF_WAY,
        },
        hint=error.beside or HINTS.get(cause.sqlstate or "", OTHERWISE),
    )


def _first_line(cause: psycopg.Error) -> str:
    return (cause.diag.message_primary or str(cause)).splitlines()[0]


def _place(error: BaseException, folders: Sequence[Path]) -> str | None:
    """The file and line of the step that was being carried out."""
    found = None
    for frame, line in walk_tb(error.__traceback__):
        file = Path(frame.f_code.co_filename)
        if file.parent.absolute() in folders:
            found = f"{file.name}, line {line}"
    return found
