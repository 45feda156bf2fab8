"""Evaluates a program: many examples at once, an execution kept for each, then what they add up to.

What was scored and what it cost is on record however the run ends; each try of a run adds executions of its own.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from framework.actions.session import Session
from framework.errors import Failure, Invalid, Unavailable
from framework.jobs.job_run import JobCancelled, JobRun
from framework.lm.calls.call import CallContext
from framework.lm.calls.cancellation import Cancellation
from framework.lm.evaluation.evaluate import EvaluationOptions, evaluate
from framework.lm.evaluation.evaluation import Example, Report, Row
from framework.lm.layer import LM
from framework.lm.metrics.metric_json import metric_from_json
from framework.lm.metrics.metrics import MetricDefinition
from framework.lm.models.spend import UsageCounter
from resources.datasets.held_examples import held_examples
from resources.evaluations.evaluation import Evaluation, EvaluationProgress
from resources.evaluations.record_rows import record_rows, spent
from resources.evaluations.run_state import RunState
from resources.evaluations.subject import loaded_run, subject_of

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
        message = f"the dataset holds no {evaluation.split} examples in version {evaluation.dataset_version}"
        raise Invalid(message, code="too_few_examples", path=("split",))
    _check_labels(examples, metric_from_json(evaluation.metric.definition))
    counter = UsageCounter()
    report = await _scored(run, evaluation, examples, counter=counter)
    cost = spent(counter.total)

    async def write(inner: Session) -> Report:
        kept = await record_rows(evaluation, report, examples=examples, session=inner)
        if _whole(kept):
            await inner.update(Evaluation.finish, evaluation.id, {**_summary(kept), **cost})
        else:
            await inner.update(Evaluation.record_spend, evaluation.id, cost)
        return kept

    kept = await session.with_transaction(write)
    if kept.cancelled:
        raise JobCancelled
    if not _whole(kept):
        raise _all_broke(kept)


def _whole(report: Report) -> bool:
    """Whether it came to its end, and there is anything to sum up."""
    return not report.cancelled and report.failed < report.n


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


async def _scored(run: JobRun, evaluation: Any, examples: tuple[Example, ...], *, counter: UsageCounter) -> Report:
    rows: list[Row] = []
    cancellation = Cancellation()
    run.stop.then(cancellation.cancel)
    reporting = asyncio.ensure_future(_report_progress(run, rows, len(examples)))
    try:
        report = await evaluate(
            await run.session.layers.opened(LM),
            subject_of(evaluation),
            examples=examples,
            metric=metric_from_json(evaluation.metric.definition),
            options=EvaluationOptions(
                evaluation.concurrency, rows.append, cancellation, CallContext(on_usage=counter.add)
            ),
        )
    finally:
        reporting.cancel()
        await asyncio.gather(reporting, return_exceptions=True)
    if not report.cancelled:
        await run.report(_progress(report.rows, len(examples)))
    return report


async def _report_progress(run: JobRun, rows: list[Row], total: int) -> None:
    """Reports twice a second, where there is something new; a database that is away is told the next time."""
    reported = 0
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        if len(rows) > reported:
            reported = len(rows)
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
    message = f"all {report.n} examples failed; the first: {cause}"
    return Failure(message, code="every_example_failed", params={"cause": cause.issues[0].code, "n": report.n})


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
        # Of an earlier try, if there was one.
        "error": None,
    }


def _quantile(values: list[float], share: float) -> float | None:
    return values[min(len(values) - 1, int(share * len(values)))] if values else None
