"""`then=enqueue("run")`: a job row written with the change that asks for it, and a bell rung after the commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from framework.actions.changeset import Outcome
from framework.actions.session import Session
from framework.actions.step import Change
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
        wanted = [JobRequest(_target(job, each), self._given(job, each), _tenant(each)) for each in outcomes]
        await queue_jobs(job, wanted, session)

    def _given(self, job: ActionSpec, outcome: Outcome) -> dict[str, Any]:
        known = {**outcome.record.loaded(), **outcome.changeset.arguments, **self.arguments}
        return {name: known[name] for name in job.arguments if name in known}


def _tenant(outcome: Outcome) -> str | None:
    tenancy = outcome.changeset.resource.tenancy
    tenant = None if tenancy is None or tenancy.attribute not in outcome.record else outcome.record[tenancy.attribute]
    return None if tenant is None else str(tenant)


def enqueue(job: str, **arguments: Any) -> Enqueue:
    """Queues the job of that name for the record, with these arguments."""
    return Enqueue(job, arguments)


def _target(job: ActionSpec, outcome: Outcome) -> str:
    resource = outcome.changeset.resource
    return str(outcome.record[resource.key.name]) if job.scope is Scope.RECORD else resource.name
