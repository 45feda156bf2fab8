"""Evaluates a program: many examples at once, an execution kept for each, then what they add up to."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from framework.errors import Failure, Invalid, Unavailable
from framework.jobs.job_run import JobCancelled, JobRun
from framework.lm.calls.cancellation import Cancellation
from framework.lm.evaluation.evaluate import EvaluationOptions, evaluate
from framework.lm.evaluation.evaluation import Example, Report, Row
from framework.lm.layer import LM
from framework.lm.metrics.metric_json import metric_from_json
from framework.lm.metrics.metrics import MetricDefinition
from resources.datasets.held_examples import held_examples
from resources.evaluations.evaluation import Evaluation, EvaluationProgress
from resources.evaluations.run_state import RunState
from resources.evaluations.subject import loaded_run, subject_of
from resources.executions.execution import Execution
from resources.executions.recorded_error import recorded_error

EVERY_SECONDS = 0.5


async def evaluate_program(run: JobRun) -> None:
    """Scores the version on its split. An evaluation of which every example broke has failed."""
    session = run.session
    evaluation = await loaded_run(session, Evaluation, run.target_id)
    if evaluation.state is RunState.SUCCEEDED:
        return  # An earlier attempt came to the end, and died before it could say so.
    await session.update(Evaluation.begin, evaluation.id)
    examples = await held_examples(session, evaluation["dataset_id"], evaluation.dataset_version, evaluation.split)
    if not examples:
        says = f"the dataset holds no {evaluation.split} examples in version {evaluation.dataset_version}"
        raise Invalid(says, code="too_few_examples", path=("split",))
    _check_labels(examples, metric_from_json(evaluation.metric.definition))
    report = await _scored(run, evaluation, examples)
    if report.cancelled:
        raise JobCancelled
    if report.failed == report.n:
        raise _all_broke(report)
    rows = [_execution(evaluation, row, example) for row, example in zip(report.rows, examples, strict=True)]
    async with session.transaction() as inner:
        await inner.create_all(Execution.record, rows)
        await inner.update(Evaluation.finish, evaluation.id, _summary(report))


def _check_labels(examples: tuple[Example, ...], metric: MetricDefinition) -> None:
    """Raises Invalid for examples that the metric cannot score, before a model is asked and paid."""
    compared = [field.name for field in metric.fields]
    lacking = [example for example in examples if not example.outputs.keys() & set(compared)]
    if lacking:
        said, wanted = (", ".join(f"`{name}`" for name in names) for names in (sorted(lacking[0].outputs), compared))
        raise Invalid(
            f"{len(lacking)} of {len(examples)} examples have no label that the metric compares: "
            f"`{lacking[0].key}` has {said}, the metric compares {wanted}",
            code="no_expectation",
            path=("metric_id",),
            hint="import the labels, or use another metric",
        )


async def _scored(run: JobRun, evaluation: Any, examples: tuple[Example, ...]) -> Report:
    rows: list[Row] = []
    cancellation = Cancellation()
    run.stop.then(cancellation.cancel)
    telling = asyncio.ensure_future(_tell(run, rows, len(examples)))
    try:
        report = await evaluate(
            run.session.layers[LM],
            subject_of(evaluation),
            examples=examples,
            metric=metric_from_json(evaluation.metric.definition),
            options=EvaluationOptions(evaluation.concurrency, rows.append, cancellation),
        )
    finally:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
    if not report.cancelled:
        await run.report(_progress(report.rows, len(examples)))
    return report


async def _tell(run: JobRun, rows: list[Row], total: int) -> None:
    """Reports twice a second, where there is something new; a database that is away is told the next time."""
    told = 0
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        if len(rows) > told:
            told = len(rows)
            with suppress(Unavailable):
                await run.report(_progress(rows, total))


def _progress(rows: Any, total: int) -> EvaluationProgress:
    scores = [row.score or 0.0 for row in rows]
    return EvaluationProgress(
        done=len(scores),
        total=total,
        failed=sum(row.failure is not None for row in rows),
        mean=sum(scores) / len(scores) if scores else None,
    )


def _all_broke(report: Report) -> Failure:
    """Not Unavailable, and so the end: each call has had its retries, and the next run is the user's to start."""
    cause = next(row.failure for row in report.rows if row.failure is not None)
    says = f"all {report.n} examples failed; the first: {cause}"
    return Failure(says, code="every_example_failed", params={"cause": cause.issues[0].code, "n": report.n})


def _execution(evaluation: Any, row: Row, example: Example) -> dict[str, Any]:
    return {
        "program_id": evaluation["program_id"],
        "version_id": evaluation["version_id"],
        "model_id": evaluation["model_id"],
        "inputs": dict(example.inputs),
        "outputs": None if row.outputs is None else dict(row.outputs),
        "error": None if row.failure is None else recorded_error(row.failure),
        "latency_ms": row.latency_ms,
        "tokens_in": row.spend.tokens_in,
        "tokens_out": row.spend.tokens_out,
        "cost_usd": row.spend.cost_usd,
        "evaluation_id": evaluation.id,
        "example_key": row.key,
        "score": row.score,
    }


def _summary(report: Report) -> dict[str, Any]:
    latencies = sorted(row.latency_ms for row in report.rows if row.latency_ms is not None and row.failure is None)
    return {
        "n": report.n,
        "failed": report.failed,
        "score": report.mean,
        "score_low": report.interval.low if report.interval else None,
        "score_high": report.interval.high if report.interval else None,
        "interval_method": report.interval.method if report.interval else None,
        "latency_p50_ms": _quantile(latencies, 0.5),
        "latency_p95_ms": _quantile(latencies, 0.95),
        "tokens_in": report.spend.tokens_in,
        "tokens_out": report.spend.tokens_out,
        "cost_usd": report.spend.cost_usd,
        # Of an earlier try, if there was one.
        "error": None,
    }


def _quantile(values: list[float], share: float) -> float | None:
    return values[min(len(values) - 1, int(share * len(values)))] if values else None
