"""`then=cancel_job("run")`, `pause_job` and `resume_job`: what a change of a record asks of the record's live jobs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from framework.actions.changeset import Changeset, Outcome
from framework.actions.request import Request
from framework.actions.session import Session
from framework.actions.step import Change
from framework.data.protocols import Row
from framework.data.selection import Lock, Selection
from framework.expr.nodes import Among, Ref, equals, every
from framework.jobs.job import LIVE, Job, JobState


class Wish(StrEnum):
    """What may be asked of a job, by the name of the action that does it."""

    CANCEL = "cancel"
    PAUSE = "pause"
    RESUME = "resume"


# Of whom it is asked. Of those that are paused no pause is, so it may be asked for twice, as a cancel may.
HEEDING = {
    Wish.CANCEL: LIVE,
    Wish.PAUSE: (JobState.QUEUED, JobState.RUNNING),
    Wish.RESUME: (JobState.PAUSED,),
}


@dataclass(frozen=True, slots=True)
class ControlJob(Change):
    """Asks something of the live jobs of each record; without one there is nothing to do.

    A worker holds its job's row whenever it writes, and only then what the job is about. Whoever cancels, pauses or
    resumes takes them in the same order, job first, so neither ever waits for the other in a circle.
    """

    job: str
    wish: Wish

    def says(self) -> str:
        """What the step does."""
        return f"{self.wish}s the job `{self.job}`"

    async def before(self, changesets: Sequence[Changeset], session: Session) -> Sequence[Changeset]:
        """Holds the rows of the jobs."""
        await self._held(changesets, session.as_system("the jobs of a record are held whoever may see them"))
        return changesets

    async def after(self, outcomes: Sequence[Outcome], session: Session) -> None:
        """Marks the rows; the workers that run them look several times a second."""
        session = session.as_system("whoever may do this to the record may ask it of the record's jobs")
        held = await self._held([outcome.changeset for outcome in outcomes], session)
        action = session.domain.of(Job).actions[str(self.wish)]
        heeding = [row for row in held if row["state"] in HEEDING[self.wish] or self._too_early(row)]
        await session.perform(action, [Request(id=row["id"]) for row in heeding])

    def _too_early(self, row: Row) -> bool:
        """Whether it is asked to go on while it is still being paused: it says so itself."""
        return self.wish is Wish.RESUME and bool(row["pause_requested"])

    async def _held(self, changesets: Sequence[Changeset], session: Session) -> list[Row]:
        live = every(
            equals(target_type=changesets[0].resource.name, action=self.job),
            Among(Ref("target_id"), tuple(str(changeset.id) for changeset in changesets)),
            Among(Ref("state"), LIVE),
        )
        values = ("id", "state", "pause_requested")
        return await session.writer.read(Selection(session.domain.of(Job), values, live, lock=Lock.UPDATE))


def cancel_job(job: str) -> ControlJob:
    """Asks the record's live job of that name to stop."""
    return ControlJob(job, Wish.CANCEL)


def pause_job(job: str) -> ControlJob:
    """Asks the record's live job of that name to stop until it is resumed."""
    return ControlJob(job, Wish.PAUSE)


def resume_job(job: str) -> ControlJob:
    """Queues the record's paused job of that name again."""
    return ControlJob(job, Wish.RESUME)
