"""Partitions made before there are records for them, so that no write waits for it.

What is written while the job stands still is in the default partition, and stays there: a partition begins behind it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial

from framework.actions.session import Session
from framework.data.partitions import Partition
from framework.data.selection import Ordering, Selection
from framework.errors import Failure
from framework.expr.nodes import Ref
from framework.jobs.retention.drop_partitions import within
from framework.spec.resource import ResourceSpec
from framework.spec.retention import RetentionSpec, next_hour, spans
from framework.telemetry import log

# The one of now, and those that follow.
AHEAD = 3
Span = tuple[datetime, datetime]


async def make_ahead(rule: RetentionSpec, resource: ResourceSpec, now: datetime, session: Session) -> None:
    """Makes those missing from now on, each in a transaction of its own; the first that cannot be made is logged."""
    if rule.partition_every is None:
        return
    for start, end in spans(rule.partition_every, now, AHEAD):
        try:
            await session.with_transaction(partial(_make, rule, resource, (start, end)))
        except Failure as failure:
            log.warning("retention.no_partition", resource=resource.name, start=start, code=failure.issues[0].code)
            return


async def _make(rule: RetentionSpec, resource: ResourceSpec, span: Span, session: Session) -> None:
    """Of a span of which some is taken already, as others made it or it was longer then, what is left of it."""
    partitions = session.writer.partitions(resource)
    if partitions is None:
        return
    for start, end in _left(*span, await partitions.all()):
        some = within(Partition("", start, end, ours=True), rule.since)
        newest = (Ordering(Ref(rule.since), descending=True),)
        rest = await session.writer.read(Selection(resource, (rule.since,), some, newest, limit=1))
        free = next_hour(rest[0][rule.since]) if rest else start
        if free < end:
            await partitions.add(free, end)


def _left(start: datetime, end: datetime, taken: Sequence[Partition]) -> Iterator[Span]:
    """The parts of a span that no partition holds."""
    for each in sorted((each for each in taken if each.overlaps(start, end)), key=lambda each: each.start or start):
        if each.start is not None and start < each.start:
            yield start, each.start
        if each.end is None:
            return
        start = max(start, each.end)
    if start < end:
        yield start, end
