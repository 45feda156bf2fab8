"""An action can be carried out as it was said: pages, scopes, schedules and retries make sense."""

from __future__ import annotations

from collections.abc import Iterator

from framework.errors import Problem
from framework.spec.action import ActionKind, ActionSpec, JobSpec, Scope
from framework.spec.cron import cron_of
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec
from framework.types.type import Kind

OF_RECORDS = frozenset({ActionKind.READ, ActionKind.CREATE, ActionKind.UPDATE, ActionKind.DESTROY})
Wrong = tuple[str, str, str | None]  # the word at fault, what is wrong, a way out


def possible_actions(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to actions that nobody could carry out."""
    for spec in domain.resources.values():
        for action in spec.actions.values():
            wrongs = [*_records(action, spec), *_pages(action), *_events(action)]
            wrongs.extend(_job(action, action.job) if action.job else ())
            for word, says, hint in wrongs:
                path = f"{spec.name}.{action.name}" + (f".{word}" if word else "")
                yield Problem(action.source, path, says, hint)


def _records(action: ActionSpec, spec: ResourceSpec) -> Iterator[Wrong]:
    if spec.stored:
        return
    if action.kind in OF_RECORDS:
        yield "", f"`{spec.name}` is not stored, so there are no records to {action.kind}", None
    elif action.scope is Scope.RECORD:
        says = f"`{spec.name}` is not stored, so this is about no record"
        yield "scope", says, "say `scope=Scope.RESOURCE`"


def _pages(action: ActionSpec) -> Iterator[Wrong]:
    pages = action.pagination
    if not 1 <= pages.default <= pages.maximum:
        yield "paginate", f"a page of {pages.default} is not between 1 and the maximum, {pages.maximum}", None


def _events(action: ActionSpec) -> Iterator[Wrong]:
    if not action.quiet or action.writes:
        return
    if action.job is not None:
        yield "quiet", "whoever waits for a job goes by its events", "leave out `quiet=True`"
    else:
        yield "quiet", f"a {action.kind} action leaves no event of its own", "leave out `quiet=True`"


def _job(action: ActionSpec, job: JobSpec) -> Iterator[Wrong]:
    if action.scope is Scope.RESOURCE:
        yield from ((word, "a job about the whole resource has no record to tell", None) for word in job.told)
    if job.on_paused is not None and job.on_resumed is None:
        yield "on_paused", "nobody tells the record that the job goes on", "say `on_resumed` too"
    if job.progress is not None and job.progress.kind is not Kind.MODEL:
        yield "progress", "is not a Pydantic model", None
    if job.retry.attempts < 1:
        yield "retry", "a job is tried at least once", "say `attempts=1` for no second try"
    if job.while_live not in ("join", "follow", "queue"):
        yield "while_live", "is `join`, `follow` or `queue`", None
    if job.missed not in ("once", "skip"):
        yield "missed", "is `once` or `skip`", None
    if job.schedule is not None:
        yield from _schedule(action, job)
    elif job.missed != "once":
        yield "missed", "a job that does not repeat by itself misses nothing", "say `every` or `cron`"


def _schedule(action: ActionSpec, job: JobSpec) -> Iterator[Wrong]:
    word = "every" if job.cron is None else "cron"
    if job.every is not None and job.cron is not None:
        yield "cron", "it repeats by `every` or by `cron`", "leave out one of them"
    if job.every is not None and job.every <= 0:
        yield "every", "is a number of seconds above 0", None
    if job.cron is not None:
        try:
            cron_of(job.cron)
        except ValueError as error:
            yield "cron", str(error), None
    if action.scope is Scope.RECORD:
        yield word, "nobody says which record a scheduled job is about", "say `scope=Scope.RESOURCE`"
    needed = [name for name, said in action.arguments.items() if said.default is None and not said.type.nullable]
    if needed:
        names = ", ".join(f"`{name}`" for name in needed)
        yield word, f"nobody gives a scheduled job its {names}", "give a default"
