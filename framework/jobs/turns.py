"""Turns: which job of a queue comes first, so that whoever asked for many does not keep the others waiting.

Start-time fair queuing (Goyal, Vin and Cheng, SIGCOMM 1996) with jobs that all weigh the same: a job's turn is one more
than the last one of its key, but none before those that wait already, and the lowest is taken first. Jobs of one key
keep their order. Two transactions that queue for one key at the same moment may give the same turn twice, which puts
nobody back by more than that.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from framework.actions.session import Session
from framework.data.selection import Ordering, Selection
from framework.expr.nodes import Among, Ref, equals, every
from framework.spec.action import ActionSpec
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec

LONGEST_KEY = 200
LOWEST, HIGHEST = (Ordering(Ref("turn")),), (Ordering(Ref("turn"), descending=True),)


async def fairness_keys(job: ActionSpec, targets: Sequence[str], session: Session) -> list[str]:
    """For each record that a job is about, whose turn it takes: the value of `fair_by`; the same for all without."""
    name = job.job.fair_by if job.job else None
    if name is None:
        return ["" for _ in targets]
    resource = session.domain.resources[job.resource]
    key, kind = resource.key, (resource.attributes.get(name) or resource.derived[name]).type
    these = Among(Ref(key.name), tuple(key.type.cast(target)[0] for target in dict.fromkeys(targets)))
    rows = await session.writer.read(Selection(resource, (key.name, name), these))
    found = {str(row[key.name]): "" if row[name] is None else _short(str(kind.dump(row[name]))) for row in rows}
    return [found.get(target, "") for target in targets]


async def turns(jobs: Sequence[Mapping[str, Any]], resource: ResourceSpec, session: Session) -> list[int]:
    """The turn of each job, in the order in which they are queued; all the same in a queue where nobody is fair.

    `resource` is that of the jobs, which are named by `queue` and `fairness_key`.
    """
    given: dict[tuple[str, str], int] = {}
    for queue in dict.fromkeys(job["queue"] for job in jobs):
        if _fair(session.domain, queue):
            keys = tuple(dict.fromkeys(job["fairness_key"] for job in jobs if job["queue"] == queue))
            given.update({(queue, key): turn for key, turn in (await _next(queue, keys, resource, session)).items()})
    queued: Counter[tuple[str, str]] = Counter()
    found = []
    for job in jobs:
        of = (job["queue"], job["fairness_key"])
        found.append(given[of] + queued[of] if of in given else 0)
        queued[of] += 1
    return found


async def _next(queue: str, keys: tuple[str, ...], resource: ResourceSpec, session: Session) -> dict[str, int]:
    waiting = equals(queue=queue, state=resource.attributes["state"].type.cast("queued")[0])
    mine = every(waiting, Among(Ref("fairness_key"), keys))
    first = await session.writer.read(Selection(resource, ("turn",), waiting, LOWEST, limit=1))
    last = await session.writer.read(
        Selection(resource, ("fairness_key", "turn"), mine, HIGHEST, limit=1, partition="fairness_key")
    )
    now: int = first[0]["turn"] if first else 0
    after: dict[str, int] = {row["fairness_key"]: row["turn"] + 1 for row in last}
    return {key: max(now, after.get(key, now)) for key in keys}


def _short(key: str) -> str:
    """A key that an index can hold."""
    return key if len(key) <= LONGEST_KEY else hashlib.sha256(key.encode()).hexdigest()


def _fair(domain: DomainSpec, queue: str) -> bool:
    jobs = (action.job for spec in domain.resources.values() for action in spec.actions.values() if action.job)
    return any(job.queue == queue and job.fair_by is not None for job in jobs)
