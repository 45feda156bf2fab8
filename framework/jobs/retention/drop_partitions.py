"""Partitions that are past: dropped whole, where all they hold may go. What is left is for batches.

Nobody writes to one while it is looked through, as it is held; then everybody waits, for as long as dropping takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from framework.actions.session import Session
from framework.data.partitions import Partition
from framework.data.selection import Ordering, Selection
from framework.errors import Failure, Unavailable
from framework.events.event import Event
from framework.events.log_epoch import LogEpoch, note_removed
from framework.events.log_position import LogPosition
from framework.expr.nodes import Arithmetic, Compare, Comparison, IsNull, Node, Not, Operator, Ref, Value, equals, every
from framework.jobs.retention.retention_rule import RetentionRule
from framework.spec.resource import ResourceSpec
from framework.spec.retention import RetentionSpec
from framework.telemetry import log


@dataclass(frozen=True, slots=True)
class Kept:
    """What batches leave alone: partitions of others, and those of ours that are dropped by and by.

    `waiting` is how many of ours could be dropped now, but for somebody who was in the way.
    """

    by_others: Sequence[Partition] = ()
    for_now: Sequence[Partition] = ()
    waiting: int = 0


NOTHING_KEPT = Kept()


@dataclass(frozen=True, slots=True)
class Expired:
    """What goes of a resource: the records whose moment lies before `cutoff`."""

    resource: ResourceSpec
    rule: RetentionSpec
    cutoff: datetime


async def drop_expired(expired: Expired, session: Session) -> tuple[int, Kept]:
    """How many records went with partitions, and what of the others batches leave alone."""
    if expired.rule.partition_every is None:
        return 0, NOTHING_KEPT
    standing = await session.with_transaction(partial(_standing, expired))
    others = [each for each in standing if not each.ours]
    young = [each for each in standing if each.ours and not _is_past(each, expired.cutoff)]
    removed, waiting = 0, list[Partition]()
    for each in standing:
        if each.ours and _is_past(each, expired.cutoff):
            try:
                removed += await session.with_transaction(partial(_drop, expired, each))
            except Failure as failure:
                waiting.append(each)
                log.warning("retention.partition_waiting", partition=each.name, code=failure.issues[0].code)
    return removed, Kept(others, [*young, *waiting], len(waiting))


def within(partition: Partition, since: str) -> Node:
    """The condition of a record to be in it."""
    start = None if partition.start is None else Compare(Comparison.GE, Ref(since), Value(partition.start))
    end = None if partition.end is None else Compare(Comparison.LT, Ref(since), Value(partition.end))
    return every(start, end)


def _is_past(partition: Partition, cutoff: datetime) -> bool:
    return partition.end is not None and partition.end <= cutoff


async def _standing(expired: Expired, session: Session) -> Sequence[Partition]:
    partitions = session.writer.partitions(expired.resource)
    if partitions is None:
        return []
    return [each for each in await partitions.all() if each.start is None or each.start < expired.cutoff]


async def _drop(expired: Expired, partition: Partition, session: Session) -> int:
    """Drops one that holds nothing which has to stay, and puts that on record; the number of records that are gone."""
    partitions, resource, rule = session.writer.partitions(expired.resource), expired.resource, expired.rule
    assert partitions is not None
    await partitions.hold(partition)
    here = within(partition, rule.since)
    if rule.where is not None and await _stays(here, rule.where, resource, session):
        return 0
    count = await _count(here, resource, session)
    if resource.record is Event:
        newest = tuple(Ordering(Ref(name), descending=True) for name in rule.order)
        for last in await session.writer.read(Selection(resource, rule.order, here, newest, limit=1)):
            position = LogPosition(*(last[name] for name in rule.order))
            await note_removed(session.writer, session.domain.of(LogEpoch), position)
    counted = {"removed": Arithmetic(Operator.ADD, Ref("removed"), Value(count))}
    await session.writer.update(session.domain.of(RetentionRule), equals(resource=resource.name), counted)
    await partitions.drop(partition)
    return count


async def _count(here: Node, resource: ResourceSpec, session: Session) -> int:
    """How many there are; about how many, where counting them takes longer than a statement may."""
    try:
        async with session.writer.savepoint():
            return await session.writer.count(resource, here)
    except Unavailable:
        return (await session.writer.estimate(resource, here)).number


async def _stays(here: Node, where: Node, resource: ResourceSpec, session: Session) -> bool:
    """Whether a record there is not selected; of one of which that is unknown it is not."""
    for other in (Not(where), IsNull(where)):
        if await session.writer.read(Selection(resource, (resource.key.name,), every(here, other), limit=1)):
            return True
    return False
