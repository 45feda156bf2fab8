"""Queueing jobs: one row for each that is wanted, and none beside a live one for the same."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from framework.actions.cast import cast_arguments
from framework.actions.request import Request
from framework.actions.session import Session
from framework.data.refusals import gave_way
from framework.data.selection import Selection
from framework.errors import Conflict, Invalid
from framework.expr.nodes import Among, Ref, every
from framework.jobs.job import LIVE, WHILE_IT_WAITS, Job
from framework.jobs.steps import notify
from framework.jobs.turns import fairness_keys, turns
from framework.spec.action import ActionSpec, Scope
from framework.telemetry import carried
from framework.types.type import STRUCTURED, Type

# How often others may queue the same at the same moment before it is told to the caller.
TRIES = 3


@dataclass(frozen=True, slots=True)
class JobRequest:
    """A job that is wanted: of which record, with which arguments; `tenant` is whose that record is."""

    target: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    tenant: str | None = None


async def queue_jobs(job: ActionSpec, wanted: Sequence[JobRequest], session: Session) -> list[Any]:
    """The job of each that is wanted, inside the session's transaction.

    While one is live for the same record with the same arguments, that one is given and no other is queued, as far as
    the job's `while_live` says so.
    """
    context = {**session.context.to_json(), **carried(), **({} if session.own is None else {"own": session.own})}
    wanted = [replace(each, tenant=session.context.tenant or each.tenant) for each in wanted]
    session = session.as_system("a job is kept by the engine, whoever asked for it")
    keys = await fairness_keys(job, [each.target for each in wanted], session)
    given = zip(wanted, keys, strict=True)
    tenanted = session.domain.of(Job).tenancy is not None
    rows = [{**_row(job, each), "fairness_key": key, **_kept_in(each, context, tenanted)} for each, key in given]
    if job.job is None or job.job.while_live == "queue":
        return await _inserted(rows, session)
    for _ in range(TRIES - 1):
        try:
            async with session.savepoint():
                return await _inserted_or_live(rows, session)
        except Conflict as failure:
            if gave_way(failure):
                raise
            # Another transaction has queued the same since they were looked up: now it can be seen.
            continue
    return await _inserted_or_live(rows, session)


async def _inserted_or_live(rows: Sequence[Mapping[str, Any]], session: Session) -> list[Any]:
    spec = session.domain.of(Job)
    keys = tuple(dict.fromkeys(row["unique_key"] for row in rows))
    live = every(Among(Ref("unique_key"), keys), Among(Ref("state"), LIVE))
    found = await session.writer.read(Selection(spec, tuple(spec.attributes), live))
    known: dict[str, Any] = {row["unique_key"]: spec.record.of(row) for row in found}
    new = {row["unique_key"]: row for row in rows if row["unique_key"] not in known}
    made = await _inserted([*new.values()], session)
    known.update(zip(new, made, strict=True))
    return [known[row["unique_key"]] for row in rows]


async def _inserted(rows: Sequence[Mapping[str, Any]], session: Session) -> list[Any]:
    resource = session.domain.of(Job)
    given = zip(rows, await turns(rows, resource, session), strict=True)
    jobs = await session.perform(resource.actions["queue_up"], [Request({**row, "turn": turn}) for row, turn in given])
    await notify(jobs, session)
    return jobs


def _kept(kind: Type, value: Any) -> Any:
    """The argument as JSON; a model in it says its version, for it may have changed by the time the job runs."""
    return kind.dump_to_keep(value) if kind.kind in STRUCTURED else kind.dump(value)


def _row(job: ActionSpec, wanted: JobRequest) -> dict[str, Any]:
    if job.job is None:
        raise LookupError(f"`{job.resource}.{job.name}` is not a job")
    values, issues = cast_arguments(job, wanted.arguments)
    if issues:
        raise Invalid.of(issues)
    arguments = {name: _kept(job.arguments[name].type, value) for name, value in values.items()}
    return {
        "target_type": job.resource,
        "target_id": wanted.target,
        "action": job.name,
        "arguments": arguments,
        "queue": job.job.queue,
        "max_attempts": job.job.retry.attempts,
        "unique_key": None if job.job.while_live == "queue" else _unique_key(job, wanted, arguments),
    }


def _kept_in(wanted: JobRequest, context: Mapping[str, Any], tenanted: object) -> dict[str, Any]:
    """The context that it runs in, and the tenant: of whoever asks for it, or else of its record."""
    if not tenanted or wanted.tenant is None:
        return {"context": context}
    return {"context": {**context, "tenant": wanted.tenant}, "tenant": wanted.tenant}


def _unique_key(job: ActionSpec, wanted: JobRequest, arguments: Mapping[str, Any]) -> str:
    """What is the same for jobs that would do the same: those about no record, within one tenant."""
    follows = job.job is not None and job.job.while_live == "follow"
    within = "" if wanted.tenant is None or job.scope is Scope.RECORD else f" in {wanted.tenant}"
    key = f"{WHILE_IT_WAITS if follows else ''}{job.resource}.{job.name} {wanted.target}{within}"
    if not arguments:
        return key
    return f"{key} {hashlib.sha256(orjson.dumps(arguments, option=orjson.OPT_SORT_KEYS)).hexdigest()}"
