"""Queues the jobs that are due by themselves, once each, however many processes look."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from framework.actions.engine import Engine
from framework.actions.session import Session
from framework.context import Actor, Context
from framework.data.selection import Selection
from framework.errors import Conflict
from framework.expr.nodes import Call, Combine, Compare, Comparison, Function, Logic, Ref, Value, equals, every
from framework.jobs.queueing import JobRequest, queue_jobs
from framework.jobs.schedules.job_schedule import JobSchedule
from framework.spec.action import ActionKind, ActionSpec, JobSpec
from framework.spec.cron import cron_of
from framework.spec.domain import DomainSpec
from framework.telemetry import log

NOW = Call(Function.NOW)
# A run that comes later than that was missed: nobody looked in time.
LATE = timedelta(minutes=1)


def repeating(domain: DomainSpec) -> dict[str, ActionSpec]:
    """The jobs that repeat by themselves, by the name of their schedule."""
    actions = (action for spec in domain.resources.values() for action in spec.actions.values())
    found = [a for a in actions if a.kind is ActionKind.JOB and a.job is not None and a.job.schedule is not None]
    return {f"{action.resource}.{action.name}": action for action in found}


async def queue_due(engine: Engine) -> None:
    """Each on its own, so that one which cannot be queued keeps no other waiting."""
    declared = repeating(engine.domain)
    if not declared:
        return
    resource = engine.domain.of(JobSchedule)
    later = Compare(Comparison.GT, Ref("next_due"), NOW)
    async with engine.layer.autocommit_read() as reader:
        waiting = {row["name"]: row["says"] for row in await reader.read(Selection(resource, ("name", "says"), later))}
    session = engine.system("a job is due by itself", Context(actor=Actor("system", "schedule")))
    for name, job in declared.items():
        if job.job is None or waiting.get(name) == job.job.schedule:
            continue
        try:
            await session.with_transaction(partial(_queue_if_due, name, job))
        except Conflict:
            log.info("schedule.seen_to", name=name)  # By another process, in this very moment.
        except Exception as error:  # noqa: BLE001 - it is tried again the next time
            log.error("schedule.not_queued", name=name, exc_info=error)


async def _queue_if_due(name: str, job: ActionSpec, session: Session) -> None:
    """Whoever updates the row first has it; the others then find it due no more."""
    if job.job is None or job.job.schedule is None:
        return
    says, resource = job.job.schedule, session.domain.of(JobSchedule)
    due = Compare(Comparison.LE, Ref("next_due"), NOW)
    changed = Compare(Comparison.NE, Ref("says"), Value(says))
    mine = equals(name=name)
    rows = await session.writer.update(resource, every(mine, Combine(Logic.OR, (due, changed))), {"looked_at": NOW})
    if not rows:
        if await session.writer.count(resource, mine):
            return
        first = {"name": name, "says": says, "next_due": NOW, "last_due": None, "last_job_id": None, "looked_at": NOW}
        rows = await session.writer.insert(resource, [first])
        values: dict[str, Any] = {"next_due": _following(job.job, rows[0]["looked_at"], rows[0]["looked_at"])}
    elif rows[0]["next_due"] > rows[0]["looked_at"]:
        following = _following(job.job, rows[0]["looked_at"], rows[0]["looked_at"])
        # Not later than it was due: two versions beside each other would put it off from look to look.
        values = {"says": says, "next_due": min(rows[0]["next_due"], following)}
    else:
        values = {"says": says, **await _queued(job, job.job, rows[0], session)}
    await session.writer.update(resource, mine, values)


async def _queued(job: ActionSpec, spec: JobSpec, row: Mapping[str, Any], session: Session) -> dict[str, Any]:
    """What its row then says. However many runs were missed, one makes up for them, if any does."""
    due, now = row["next_due"], row["looked_at"]
    following = {"next_due": _following(spec, due, now)}
    if spec.missed == "skip" and now - due > LATE:
        log.warning("schedule.missed", name=row["name"], due=due.isoformat())
        return following
    (queued,) = await queue_jobs(job, [JobRequest(job.resource)], session)
    return {**following, "last_due": due, "last_job_id": queued["id"]}


def _following(spec: JobSpec, due: datetime, now: datetime) -> datetime:
    """The next time after now, in step with the one that was due."""
    if spec.cron is not None:
        return cron_of(spec.cron).after(now)
    step = timedelta(seconds=spec.every or 0.0)
    return due + step * (math.floor((now - due) / step) + 1)
