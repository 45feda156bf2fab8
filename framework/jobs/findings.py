"""What a look at the jobs finds: those that nobody takes, those whose worker is gone, schedules that nobody sees to."""

from __future__ import annotations

from datetime import timedelta

from framework.data.protocols import Layer
from framework.data.selection import Ordering, Selection
from framework.expr.nodes import (
    Arithmetic,
    Call,
    Compare,
    Comparison,
    Function,
    Node,
    Operator,
    Ref,
    Value,
    equals,
    every,
)
from framework.findings import Finding, bad, ok, span, warn
from framework.jobs.job import Job, JobState
from framework.jobs.schedules.due import repeating
from framework.jobs.schedules.job_schedule import JobSchedule
from framework.spec.domain import DomainSpec

NOW = Call(Function.NOW)
# The reaper comes by every few seconds: what it has left alone for so long, it did not see.
UNREAPED = timedelta(minutes=1)
UNTAKEN = timedelta(minutes=10)
UNSEEN = timedelta(minutes=2)
START = "start the API or a worker (dspex up, dspex worker)"


async def stuck_jobs(domain: DomainSpec, layer: Layer) -> Finding:
    """Jobs whose worker is gone and that nobody takes back, and jobs that are due and that nobody takes."""
    spec = domain.of(Job)
    lost = every(equals(state=JobState.RUNNING), _before("lease_expires_at", UNREAPED))
    due = every(equals(state=JobState.QUEUED), _before("run_after", UNTAKEN))
    async with layer.snapshot_read() as reader:
        unreaped, waiting = await reader.count(spec, lost), await reader.count(spec, due)
        oldest = Selection(spec, ("id", "queue"), due, (Ordering(Ref("run_after")),), limit=1)
        first = await reader.read(oldest) if waiting else []
    if unreaped:
        return bad(f"{unreaped} running jobs have lost their worker, and nobody takes them back", START)
    if first:
        says = (
            f"{waiting} jobs have been due for more than {span(UNTAKEN.total_seconds())}, the oldest {first[0]['id']}"
        )
        do = f"see whether a worker takes the queue `{first[0]['queue']}`, and give it more processes if it does"
        return warn(says, do)
    return ok("no job is stuck")


async def overdue_schedules(domain: DomainSpec, layer: Layer) -> Finding:
    """Schedules whose time has come, and nobody has looked."""
    declared = repeating(domain)
    spec = domain.of(JobSchedule)
    late = Selection(spec, ("name", "next_due"), _before("next_due", UNSEEN), (Ordering(Ref("next_due")),))
    async with layer.snapshot_read() as reader:
        found = [row for row in await reader.read(late) if row["name"] in declared]
    if not found:
        return ok(f"{len(declared)} schedules, none overdue")
    says = f"{len(found)} schedules are overdue, `{found[0]['name']}` since {found[0]['next_due']:%Y-%m-%d %H:%M} UTC"
    return bad(says, START)


def _before(name: str, ago: timedelta) -> Node:
    return Compare(Comparison.LT, Ref(name), Arithmetic(Operator.ADD, NOW, Value(-ago)))
