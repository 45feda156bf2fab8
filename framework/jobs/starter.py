"""Whoever started a job, as they are when it runs: what they may do now, not what they might do then."""

from __future__ import annotations

from dataclasses import replace

from framework.callers.authenticates import Authenticates, actor_of_today
from framework.errors import Forbidden
from framework.jobs.job_run import JobRun


async def with_todays_rights(run: JobRun) -> JobRun:
    """The run, its actor with the facts of this moment; raises Forbidden when that actor may do nothing any more."""
    context = run.session.context
    callers: Authenticates | None = run.session.services.get(Authenticates)
    if run.session.own is not None or context.actor is None or callers is None:
        return run
    actor = await actor_of_today(callers, context.actor, context.tenant)
    if actor is None:
        says = f"whoever started this, `{context.actor.kind}:{context.actor.id}`, may do nothing here any more"
        raise Forbidden(says)
    session = run.engine.session(replace(context, actor=actor), guard=run.lease.guard).entered()
    return replace(run, session=session)
