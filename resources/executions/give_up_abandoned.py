"""Fails executions that nobody ends any more: the process that began them has died."""

from __future__ import annotations

from datetime import timedelta

from framework.actions.request import Request
from framework.actions.session import Session
from framework.data.selection import Lock, Ordering, Selection
from framework.expr.nodes import Arithmetic, Call, Compare, Comparison, Function, Operator, Ref, Value, every
from framework.jobs.job_run import JobRun
from resources.executions.execution import Execution, ExecutionStatus

AFTER = timedelta(minutes=15)
BATCH = 500
ERROR = {"code": "abandoned", "message": "the process that ran it ended before the answer came"}


async def give_up_abandoned(run: JobRun) -> None:
    """Ends what has been running for a quarter of an hour, a batch at a time."""
    while await _batch(run) == BATCH:
        run.stop.heed()


async def _batch(run: JobRun) -> int:
    """How many it ended; they are held meanwhile, so that an answer in this very moment comes before or after."""
    running = Compare(Comparison.EQ, Ref("status"), Value(ExecutionStatus.RUNNING))
    long_ago = Arithmetic(Operator.ADD, Call(Function.NOW), Value(-AFTER))
    begun = Compare(Comparison.LT, Ref("created_at"), long_ago)
    oldest = (Ordering(Ref("id")),)
    late = Selection(run.session.domain.of(Execution), ("id",), every(running, begun), oldest, BATCH, lock=Lock.UPDATE)

    async def fail(inner: Session) -> int:
        rows = await inner.writer.read(late)
        await inner.perform(inner.spec(Execution.fail), [Request({"error": ERROR}, row["id"]) for row in rows])
        return len(rows)

    return await run.session.with_transaction(fail)
