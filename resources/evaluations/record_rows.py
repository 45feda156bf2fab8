"""The rows of an evaluation put on record, each as an execution; one that the store refuses is a row that failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from framework.actions.session import Session
from framework.data.refusals import may_pass
from framework.errors import Failure
from framework.lm.evaluation.evaluate import report
from framework.lm.evaluation.evaluation import Example, Report, Row
from framework.lm.models.spend import Spend
from resources.executions.execution import Execution
from resources.executions.recorded_error import recorded_error


async def record_rows(evaluation: Any, found: Report, *, examples: Sequence[Example], session: Session) -> Report:
    """The report as it stands on record, inside of the transaction of `session`."""
    try:
        async with session.savepoint():
            await session.create_all(Execution.record, [_execution(evaluation, row, examples) for row in found.rows])
    except Failure as refused:
        if may_pass(refused):
            raise
        rows = [await _recorded(evaluation, row, examples, session=session) for row in found.rows]
        return report(rows, cancelled=found.cancelled)
    return found


async def _recorded(evaluation: Any, row: Row, examples: Sequence[Example], *, session: Session) -> Row:
    try:
        async with session.savepoint():
            await session.create(Execution.record, _execution(evaluation, row, examples))
    except Failure as refused:
        if may_pass(refused):
            raise
        failed = replace(row, score=None, outputs=None, failure=refused)
        await session.create(Execution.record, _execution(evaluation, failed, examples))
        return failed
    return row


def spent(spend: Spend) -> dict[str, Any]:
    """What it cost, as executions and evaluations keep it."""
    return {"tokens_in": spend.tokens_in, "tokens_out": spend.tokens_out, "cost_usd": spend.cost_usd}


def _execution(evaluation: Any, row: Row, examples: Sequence[Example]) -> Mapping[str, Any]:
    return {
        "program_id": evaluation["program_id"],
        "version_id": evaluation["version_id"],
        "model_id": evaluation["model_id"],
        "inputs": dict(examples[row.position].inputs),
        "outputs": None if row.outputs is None else dict(row.outputs),
        "error": None if row.failure is None else recorded_error(row.failure),
        "latency_ms": row.latency_ms,
        "evaluation_id": evaluation.id,
        "example_key": row.key,
        "score": row.score,
        **spent(row.spend),
    }
