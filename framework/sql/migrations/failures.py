"""A step that failed, in one message: which step and line, what was in the way, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from traceback import walk_tb

import psycopg
import sqlalchemy as sa

from framework.errors import Conflict, Failure, Unavailable
from framework.sql.statements.integrity import failure_of

# By SQLSTATE (PostgreSQL's Appendix A), what to do.
HINTS = {
    "2BP01": "something that is not ours depends on it, a view perhaps: drop that first, and make it anew afterwards",
    "42P07": "something of this name is there already: rename or drop it, or, if it is the one, dspex stamp the step",
    "42701": "something of this name is there already: rename or drop it, or, if it is the one, dspex stamp the step",
    "42P01": "somebody has dropped it by hand: make it anew, or take the line out of the step",
    "42703": "somebody has dropped it by hand: make it anew, or take the line out of the step",
    "55P03": "try again when those who hold the table have ended, or end them: SELECT pg_terminate_backend(process)",
    "57014": "it took longer than the statement may: try again at a quiet time, or with a longer timeout",
    "42501": "the user of DATABASE_URL may not do this: ask as its owner",
}
OTHERWISE = "mend what is in the way, by hand or in a step of its own before this one (dspex revision --empty)"


UNCHANGED = "nothing was changed"
HALF_WAY = "the steps before it are carried out, and what stands above that line; dspex migrate goes on from there"


class StepHalted(Exception):
    """A step that PostgreSQL refused: why, who was in the way, and whether what it did so far stays."""

    def __init__(self, cause: sa.exc.DBAPIError, holders: Sequence[str], *, online: bool) -> None:
        super().__init__("; ".join([str(cause.orig), *holders]))
        self.cause, self.holders, self.online = cause, holders, online


def failure_in_step(error: sa.exc.SQLAlchemyError | StepHalted, folders: Sequence[Path]) -> Failure | None:
    """The failure that a step ended in; None for a mistake of ours outside of any step."""
    if isinstance(error, StepHalted):
        return _failure(error.cause, folders, error.holders, HALF_WAY if error.online else UNCHANGED)
    return _failure(error, folders, (), UNCHANGED)


def _failure(
    error: sa.exc.SQLAlchemyError, folders: Sequence[Path], holders: Sequence[str], left: str
) -> Failure | None:
    known = failure_of(error)
    if isinstance(known, Unavailable) and known.issues[0].code == "database_unavailable":
        return known
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) else None
    place = _place(error, folders)
    if not isinstance(cause, psycopg.Error) or place is None:
        return known
    diag = cause.diag
    says = (diag.message_primary or str(cause)).splitlines()[0]
    about = diag.table_name or ""
    details = [diag.message_detail.splitlines()[0]] if diag.message_detail else [*holders]
    detail = f" ({'; '.join(details)})" if details else ""
    return Conflict(
        f"the step {place} failed: {says}{detail}; {left}",
        code="step_failed",
        path=("migrations",),
        params={
            "step": place.partition(",")[0],
            "sqlstate": cause.sqlstate,
            "table": about,
            "holders": [*holders],
            "half_way": left == HALF_WAY,
        },
        hint=HINTS.get(cause.sqlstate or "", OTHERWISE),
    )


def _place(error: BaseException, folders: Sequence[Path]) -> str | None:
    """The file and line of the step that was being carried out."""
    found = None
    for frame, line in walk_tb(error.__traceback__):
        file = Path(frame.f_code.co_filename)
        if file.parent.absolute() in folders:
            found = f"{file.name}, line {line}"
    return found
