"""Who hears that a job has ended: the readers of the log, and the record it was about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from framework.actions.request import Request
from framework.actions.session import Session
from framework.data.refusals import gave_way
from framework.errors import Conflict, Failure, NotFound
from framework.events.log import Log, NewEvent
from framework.events.progress import PAUSED, QUEUED
from framework.naming import event_type
from framework.spec.action import ActionSpec
from framework.spec.domain import DomainSpec
from framework.telemetry import log

Error = Mapping[str, Any] | None


def error_of(failure: BaseException) -> dict[str, Any]:
    """Code and message of what went wrong; of an unknown error, only its kind."""
    if isinstance(failure, Failure):
        first = failure.issues[0]
        return {"code": first.code, "message": str(failure), "params": dict(first.params)}
    return {"code": "internal", "message": f"an unexpected {type(failure).__name__}; see the log", "params": {}}


def action_of(job: Any, domain: DomainSpec) -> ActionSpec | None:
    """The action that the job runs; None when the domain has it no more."""
    resource = domain.resources.get(job["target_type"])
    return None if resource is None else resource.actions.get(job["action"])


def tenant_of(job: Any) -> str | None:
    """The tenant that the job is kept in; None where it is in none, or there are none."""
    return str(job["tenant"]) if "tenant" in job and job["tenant"] is not None else None


async def write_ended_event(job: Any, state: str, error: Error, session: Session) -> None:
    """Writes the `ended` event: exactly one for each time that a job ends."""
    ended = NewEvent(
        type=f"{event_type(job['target_type'], job['action'])}.ended",
        target_type=job["target_type"],
        target_id=job["target_id"],
        data={"state": state, "error": None if error is None else dict(error)},
        tenant=tenant_of(job),
    )
    await log_of(session).write([ended], session)


async def write_paused_event(job: Any, session: Session) -> None:
    """Writes a `paused` event of a job that reports progress: its readers wait with it."""
    await _write_reported(PAUSED, [job], session)


async def write_queued_events(jobs: Sequence[Any], session: Session) -> None:
    """Writes a `queued` event for each job that reports progress, so that who follows it waits for more."""
    await _write_reported(QUEUED, jobs, session)


async def _write_reported(name: str, jobs: Sequence[Any], session: Session) -> None:
    found: Log | None = session.services.get(Log)
    reporting = [job for job in jobs if _reports(action_of(job, session.domain))]
    if found is None or not reporting:
        return
    events = [
        NewEvent(
            type=f"{event_type(job['target_type'], job['action'])}.{name}",
            target_type=job["target_type"],
            target_id=job["target_id"],
            data={"job_id": str(job["id"])},
            tenant=tenant_of(job),
        )
        for job in reporting
    ]
    await found.write(events, session)


def _reports(action: ActionSpec | None) -> bool:
    return action is not None and action.job is not None and action.job.progress is not None


class TargetNotice(StrEnum):
    """Whether a record took notice of what became of its job."""

    NOTIFIED = "notified"
    NOT_ASKED = "not_asked"
    MOVED_ON = "moved_on"
    GONE = "gone"


async def notify_target(job: Any, state: str, error: Error, session: Session) -> TargetNotice:
    """Calls the action that tells the job's record, if one was declared."""
    action = action_of(job, session.domain)
    spec = None if action is None else action.job
    name = None if spec is None else spec.told.get(f"on_{state}")
    if name is None:
        return TargetNotice.NOT_ASKED
    told = session.domain.action(job["target_type"], name)
    session = session.as_system("a record is told what became of its job by the engine")
    given = {"error": dict(error)} if error is not None and "error" in (*told.accept, *told.arguments) else {}
    try:
        await session.perform(told, [Request(given, job["target_id"])])
    except (Conflict, NotFound) as failure:
        if gave_way(failure):
            raise
        # The record has moved on, or is gone, and needs not be told; its own state is the truth.
        log.info("job.target_not_told", action=f"{told.resource}.{told.name}", code=failure.issues[0].code)
        return TargetNotice.GONE if isinstance(failure, NotFound) else TargetNotice.MOVED_ON
    return TargetNotice.NOTIFIED


def log_of(session: Session) -> Log:
    """The event log of the engine."""
    found: Log = session.services[Log]
    return found
