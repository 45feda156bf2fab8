"""`then=enqueue("run")`: a job row written with the change that asks for it, and a bell rung after the commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from framework.actions.changeset import Changeset, Outcome
from framework.actions.request import Request
from framework.actions.session import Session
from framework.actions.step import Change
from framework.data.protocols import Row
from framework.data.selection import Lock, Selection
from framework.expr.nodes import Among, Ref, equals, every
from framework.jobs.job import LIVE, Job
from framework.jobs.queueing import JobRequest, queue_jobs
from framework.spec.action import ActionSpec, Scope


@dataclass(frozen=True, slots=True)
class Enqueue(Change):
    """Queues a job of the same resource for each record written.

    An argument of the job that is not given here is taken from the action's argument of that name, or from the
    attribute of that name as it is stored now.
    """

    job: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def says(self) -> str:
        """What the step does."""
        return f"queues the job `{self.job}`"

    async def after(self, outcomes: Sequence[Outcome], session: Session) -> None:
        """Inserts the rows and rings for them."""
        resource = outcomes[0].changeset.resource
        job = resource.actions[self.job]
        wanted = [JobRequest(_target(job, outcome), self._given(job, outcome)) for outcome in outcomes]
        await queue_jobs(job, wanted, session)

    def _given(self, job: ActionSpec, outcome: Outcome) -> dict[str, Any]:
        known = {**outcome.record.loaded(), **outcome.changeset.arguments, **self.arguments}
        return {name: known[name] for name in job.arguments if name in known}


@dataclass(frozen=True, slots=True)
class CancelJob(Change):
    """Asks the live jobs of each record to stop; without one there is nothing to do.

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
        cancel = session.domain.of(Job).actions["cancel"]
        await session.perform(cancel, [Request(id=row["id"]) for row in held])

    async def _held(self, changesets: Sequence[Changeset], session: Session) -> list[Row]:
        live = every(
            equals(target_type=changesets[0].resource.name, action=self.job),
            Among(Ref("target_id"), tuple(str(changeset.id) for changeset in changesets)),
            Among(Ref("state"), LIVE),
        )
        return await session.writer.read(Selection(session.domain.of(Job), ("id",), live, lock=Lock.UPDATE))


def enqueue(job: str, **arguments: Any) -> Enqueue:
    """Queues the job of that name for the record, with these arguments."""
    return Enqueue(job, arguments)


def cancel_job(job: str) -> CancelJob:
    """Asks the record's live job of that name to stop."""
    return CancelJob(job)


def _target(job: ActionSpec, outcome: Outcome) -> str:
    resource = outcome.changeset.resource
    return str(outcome.record[resource.key.name]) if job.scope is Scope.RECORD else resource.name
