"""`then=enqueue("run")`: a job row written with the change that asks for it, and a bell rung after the commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from framework.actions.changeset import Changeset, Outcome
from framework.actions.request import Request
from framework.actions.session import Session
from framework.actions.step import Change
from framework.data.protocols import Row
from framework.data.selection import Lock, Selection
from framework.expr.nodes import Among, Ref, equals, every
from framework.jobs.steps import ring


@dataclass(frozen=True, slots=True)
class Enqueue(Change):
    """Queues a job of the same resource for each record written."""

    job: str

    def says(self) -> str:
        """What the step does."""
        return f"queues the job `{self.job}`"

    async def after(self, outcomes: Sequence[Outcome], session: Session) -> None:
        """Inserts the rows and rings for them."""
        resource = outcomes[0].changeset.resource
        key = resource.key.name
        await queue_jobs(resource.name, self.job, [str(outcome.record[key]) for outcome in outcomes], session)


@dataclass(frozen=True, slots=True)
class CancelJob(Change):
    """Asks the live job of each record to stop; without one there is nothing to do.

    A worker holds its job's row whenever it writes, and only then what the job is about. Whoever cancels takes
    them in the same order, job first, so neither ever waits for the other in a circle.
    """

    job: str

    def says(self) -> str:
        """What the step does."""
        return f"cancels the job `{self.job}`"

    async def before(self, changesets: Sequence[Changeset], session: Session) -> Sequence[Changeset]:
        """Holds the rows of the jobs."""
        await self._held(changesets, session)
        return changesets

    async def after(self, outcomes: Sequence[Outcome], session: Session) -> None:
        """Marks the rows; the workers that run them look several times a second."""
        held = await self._held([outcome.changeset for outcome in outcomes], session)
        cancel = session.domain.action("Job", "cancel")
        await session.perform(cancel, [Request(id=row["id"]) for row in held])

    async def _held(self, changesets: Sequence[Changeset], session: Session) -> list[Row]:
        live = every(
            equals(target_type=changesets[0].resource.name, action=self.job),
            Among(Ref("target_id"), tuple(str(changeset.id) for changeset in changesets)),
            Among(Ref("state"), ("queued", "running")),
        )
        jobs = session.domain.resources["Job"]
        return await session.writer.read(Selection(jobs, ("id",), live, lock=Lock.UPDATE))


def enqueue(job: str) -> Enqueue:
    """Queues the job of that name for the record."""
    return Enqueue(job)


def cancel_job(job: str) -> CancelJob:
    """Asks the record's live job of that name to stop."""
    return CancelJob(job)


async def queue_jobs(resource: str, job: str, targets: Sequence[str], session: Session) -> list[Any]:
    """The rows of new jobs, inside the session's transaction."""
    spec = session.domain.action(resource, job)
    if spec.job is None:
        raise LookupError(f"`{resource}.{job}` is not a job")
    common = {
        "target_type": resource,
        "action": job,
        "queue": spec.job.queue,
        "max_attempts": spec.job.retry.attempts,
        "context": session.context.to_json(),
    }
    from_spec = session.domain.action("Job", "queue_up")
    rows = [Request({**common, "target_id": target}) for target in targets]
    jobs = await session.perform(from_spec, rows)
    await ring(jobs, session)
    return jobs
