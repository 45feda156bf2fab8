"""The extension that gives a domain its job table, and objects to jobs that could not run."""

from __future__ import annotations

from collections.abc import Iterator

from framework.compiler.extension import Extension
from framework.errors import Problem
from framework.events.event import Event
from framework.jobs.job import Job
from framework.spec.action import ActionKind, Scope
from framework.spec.domain import DomainSpec


def repeated_jobs_are_about_no_record(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to a job that repeats by itself but wants a record to be about."""
    for spec in domain.resources.values():
        for action in spec.actions.values():
            if action.kind is ActionKind.JOB and action.job and action.job.every and action.scope is Scope.RECORD:
                says = "repeats by itself, so it can be about no record"
                yield Problem(action.source, f"{spec.name}.{action.name}", says, "say `scope=Scope.RESOURCE`")


JOBS = Extension("jobs", resources=(Event, Job), verifiers=(repeated_jobs_are_about_no_record,))
