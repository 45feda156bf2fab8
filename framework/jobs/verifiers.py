"""What may not be said about jobs."""

from __future__ import annotations

from collections.abc import Iterator

from framework.errors import Problem
from framework.jobs.control import ControlJob, Wish
from framework.jobs.enqueue import Enqueue
from framework.spec.action import ActionKind, ActionSpec, Scope
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec
from framework.suggest import did_you_mean
from framework.types.type import STRUCTURED

Wrong = tuple[str, str | None]  # what is wrong, a way out


def jobs_that_can_run(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to arguments that could not be kept, to schedules that would run twice at once, and to records that would
    be told of what they ask for while they do so."""
    for spec in domain.resources.values():
        for action in (action for action in spec.actions.values() if action.job is not None):
            path = f"{spec.name}.{action.name}"
            for argument in action.arguments.values():
                if argument.sensitive:
                    says = "a job keeps its arguments in its row, which can be read, so none of them is sensitive"
                    yield Problem(action.source, f"{path}.arguments.{argument.name}", says, "keep it in the record")
            yield from _fairness(action, spec)
            yield from _echoes(action, spec)
            if action.job and action.job.schedule is not None and action.job.while_live != "join":
                says = "repeats by itself, so there is one of it at a time"
                yield Problem(action.source, f"{path}.while_live", says, "leave out `while_live`")


def _echoes(action: ActionSpec, spec: ResourceSpec) -> Iterator[Problem]:
    """One that resumes is told when its job is queued already, and finds nothing to do."""
    for word, name in (action.job.told if action.job else {}).items():
        told = spec.actions.get(name)
        for step in told.steps if told else ():
            if isinstance(step, ControlJob) and step.job == action.name and step.wish is not Wish.RESUME:
                says = f"`{name}` itself {step.says()}, which then tells it again"
                yield Problem(
                    action.source, f"{spec.name}.{action.name}.{word}", says, "name an update without that step"
                )


def _fairness(action: ActionSpec, spec: ResourceSpec) -> Iterator[Problem]:
    name = action.job.fair_by if action.job else None
    if name is None:
        return
    path = f"{spec.name}.{action.name}.fair_by"
    value = spec.attributes.get(name) or spec.derived.get(name)
    if action.scope is Scope.RESOURCE:
        yield Problem(action.source, path, "a job about the whole resource has no record to be fair by", "leave it out")
    elif value is None:
        yield Problem(action.source, path, f"`{name}` is not an attribute", did_you_mean(name, spec.attributes))
    elif value.type.kind in STRUCTURED:
        yield Problem(action.source, path, f"`{name}` has parts, and turns go by a plain value", "name another one")
    elif getattr(value, "sensitive", False):
        says = f"`{name}` is sensitive, and a job would keep it in its row"
        yield Problem(action.source, path, says, "name another one")


def queued_jobs_exist(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to steps about what is no job, and to arguments that the job does not take or lacks."""
    for spec in domain.resources.values():
        for action in spec.actions.values():
            for step in action.steps:
                if isinstance(step, Enqueue | ControlJob):
                    for says, hint in _wrongs(spec, action, step):
                        yield Problem(action.source, f"{spec.name}.{action.name}", says, hint)


def _wrongs(spec: ResourceSpec, action: ActionSpec, step: Enqueue | ControlJob) -> Iterator[Wrong]:
    job = spec.actions.get(step.job)
    if job is None or job.kind is not ActionKind.JOB:
        jobs = [name for name, other in spec.actions.items() if other.kind is ActionKind.JOB]
        yield f"`{step.says()}`: `{spec.name}` has no job `{step.job}`", did_you_mean(step.job, jobs)
    elif isinstance(step, Enqueue):
        yield from _arguments(spec, action, step, job)


def _arguments(spec: ResourceSpec, action: ActionSpec, step: Enqueue, job: ActionSpec) -> Iterator[Wrong]:
    name = f"{spec.name}.{job.name}"
    for given, value in step.arguments.items():
        said = job.arguments.get(given)
        if said is None:
            yield f"the job `{name}` takes no `{given}`", did_you_mean(given, tuple(job.arguments))
        elif issues := said.type.cast(value)[1]:
            yield f"`{given}` of the job `{name}`: {issues[0].message}", None
    for argument in job.arguments.values():
        if argument.name in step.arguments:
            continue
        source = action.arguments.get(argument.name) or spec.attributes.get(argument.name)
        if source is not None and source.sensitive:
            says = f"`{argument.name}` is sensitive, and the job `{name}` would keep it in its row"
            yield says, "keep it in the record"
        elif source is not None and source.type.kind is not argument.type.kind:
            kinds = f"is of the type {argument.type.kind}, here it is of the type {source.type.kind}"
            says = f"`{argument.name}` of the job `{name}` {kinds}"
            yield says, f'give it: `enqueue("{job.name}", {argument.name}=…)`'
        elif source is None and argument.default is None and not argument.type.nullable:
            says = f"nobody gives the job `{name}` its `{argument.name}`"
            yield says, f'give it: `enqueue("{job.name}", {argument.name}=…)`, or give the argument a default'
