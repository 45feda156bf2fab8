"""Removes the records that are kept no longer, of one resource after the other, for a while each."""

from __future__ import annotations

import asyncio
from datetime import datetime
from functools import partial
from typing import Any

from framework.actions.session import Session
from framework.errors import Failure
from framework.events.event import Event
from framework.events.log_epoch import LogEpoch, note_removed
from framework.events.log_position import LogPosition
from framework.expr.nodes import Arithmetic, Call, Function, Operator, Ref, Value, equals
from framework.jobs.job_run import JobRun
from framework.jobs.retention.drop_partitions import Expired, drop_expired
from framework.jobs.retention.in_force import RuleInForce, rules_in_force
from framework.jobs.retention.make_partitions import make_ahead
from framework.jobs.retention.retention_rule import RetentionRule
from framework.jobs.retention.sweep import Batch, Place, Sweep
from framework.settings import Settings
from framework.telemetry import log

NOW = Call(Function.NOW)
# For each resource; what is left then is for the next run.
SECONDS = 20.0
# Between two batches it rests for as long as the last one took, and no less and no more than this.
LEAST_REST, LONGEST_REST = 0.01, 2.0


async def remove_expired(run: JobRun) -> None:
    """What is held by others for too long is passed over until the next run."""
    settings: Settings | None = run.session.services.get(Settings)
    for rule in rules_in_force(run.session.domain, {} if settings is None else settings.retention_days):
        try:
            await _see_to(rule, run)
        except Failure as failure:
            log.warning("retention.waiting", resource=rule.resource.name, code=failure.issues[0].code)


async def _see_to(rule: RuleInForce, run: JobRun) -> None:
    session = run.session.as_system("what is old goes, whoever may see it")
    begun = await session.with_transaction(partial(_begun, rule))
    await make_ahead(rule.declared, rule.resource, begun, session)
    if rule.after is None:
        return
    cutoff = begun - rule.after
    dropped, kept = await drop_expired(Expired(rule.resource, rule.declared, cutoff), session)
    sweep = Sweep(rule.resource, rule.declared, cutoff, kept)
    ends, behind, removed = _time() + SECONDS, None, dropped
    while True:
        run.stop.heed()
        since = _time()
        batch = await session.with_transaction(partial(_batch, sweep, behind))
        removed, behind = removed + batch.removed, batch.last
        if not batch.more or _time() >= ends:
            break
        await asyncio.sleep(min(max(_time() - since, LEAST_REST), LONGEST_REST))
    if removed:
        name = rule.resource.name
        log.info("retention.removed", resource=name, removed=removed, kept=rule.says, caught_up=not batch.more)


async def _begun(rule: RuleInForce, session: Session) -> datetime:
    """The time by the store's own clock, with the rule on record."""
    resource, name = session.domain.of(RetentionRule), rule.resource.name
    values: dict[str, Any] = {"says": rule.says, "looked_at": NOW, "caught_up": rule.after is None}
    rows = await session.writer.update(resource, equals(resource=name), values)
    if not rows:
        rows = await session.writer.insert(resource, [{"resource": name, "removed": 0, **values}])
    begun: datetime = rows[0]["looked_at"]
    return begun


async def _batch(sweep: Sweep, behind: Place | None, session: Session) -> Batch:
    """The next batch, counted together with its end."""
    batch = await sweep.batch(behind, session)
    if sweep.resource.record is Event and batch.removed and batch.last is not None:
        await note_removed(session.writer, session.domain.of(LogEpoch), LogPosition(*batch.last))
    counted = Arithmetic(Operator.ADD, Ref("removed"), Value(batch.removed))
    values = {"removed": counted, "caught_up": not batch.more and not sweep.kept.waiting}
    await session.writer.update(session.domain.of(RetentionRule), equals(resource=sweep.resource.name), values)
    return batch


def _time() -> float:
    return asyncio.get_running_loop().time()
