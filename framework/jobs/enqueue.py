"""`then=enqueue("run")`: a job row written with the change that asks for it, and a bell rung after the commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from framework.actions.changeset import Outcome
from framework.actions.request import Request
from framework.actions.step import Change
from framework.data.selection import Selection
from framework.expr.nodes import Among, Compare, Comparison, Ref, Value, every
from framework.jobs.steps import ring

if TYPE_CHECKING:
    from framework.actions.session import Session


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
    """Asks the live job of each record to stop; without one there is nothing to do."""

    job: str

    def says(self) -> str:
        """What the step does."""
        return f"cancels the job `{self.job}`"

    async def after(self, outcomes: Sequence[Outcome], session: Session) -> None:
        """Marks the rows; the workers that hold them look several times a second."""
        resource = outcomes[0].changeset.resource
        targets = tuple(str(outcome.record[resource.key.name]) for outcome in outcomes)
        jobs = session.domain.resources["Job"]
        live = every(
            Compare(Comparison.EQ, Ref(("target_type",)), Value(resource.name)),
            Compare(Comparison.EQ, Ref(("action",)), Value(self.job)),
            Among(Ref(("target_id",)), targets),
            Among(Ref(("state",)), ("queued", "running")),
        )
        rows = await session.writer.read(Selection(jobs, ("id",), live))
        await session.perform(jobs.actions["cancel"], [Request(id=row["id"]) for row in rows])


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
