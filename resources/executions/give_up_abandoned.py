"""Fails executions that nobody ends any more: their process has died, or could not put their end on record."""

from __future__ import annotations

from framework.actions.request import Request
from framework.actions.session import Session
from framework.data.selection import Lock, Ordering, Selection
from framework.expr.nodes import Among, Combine, Compare, Comparison, IsNull, Logic, Node, Not, Ref, equals, every
from framework.jobs.job_run import JobRun
from framework.processes.heartbeat import SILENT, before, living
from resources.executions.execution import Execution, ExecutionStatus

BATCH = 500
ERROR = {"code": "abandoned", "message": "its process died, or could not put its end on record"}


async def give_up_abandoned(run: JobRun) -> None:
    """Ends what has no living process, a batch at a time; however long another one takes, it may still be answered."""
    while await _batch(run) == BATCH:
        run.stop.heed()


async def _batch(run: JobRun) -> int:
    """How many it ended; they are held meanwhile, so that an answer in this very moment comes before or after."""
    running = equals(status=ExecutionStatus.RUNNING)
    begun = Compare(Comparison.LT, Ref("created_at"), before(SILENT))
    oldest = (Ordering(Ref("id")),)

    async def fail(inner: Session) -> int:
        left = every(running, begun, await _left_alone(inner))
        rows = await inner.writer.read(
            Selection(inner.domain.of(Execution), ("id",), left, oldest, BATCH, lock=Lock.UPDATE)
        )
        await inner.perform(inner.spec(Execution.fail), [Request({"error": ERROR}, row["id"]) for row in rows])
        return len(rows)

    return await run.session.with_transaction(fail)


async def _left_alone(session: Session) -> Node:
    """The condition that the process which asks does not live."""
    owner = Ref("owner_id")
    known = await living(session)
    return Combine(Logic.OR, (IsNull(owner), Not(Among(owner, tuple(known)))))
