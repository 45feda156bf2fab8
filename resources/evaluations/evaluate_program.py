"""Evaluates a program: many examples at once, an execution kept for each, then what they add up to.

What was scored and what it cost is on record as it comes: a run that is begun again asks for what is missing. One that
had ended and is retried by hand asks also for what had failed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from framework.actions.session import Session
from framework.errors import Failure, Invalid, Unavailable
from framework.jobs.job_run import JobCancelled, JobRun
from framework.lm.calls.call import CallContext
from framework.lm.calls.cancellation import Cancellation
from framework.lm.evaluation.evaluate import EvaluationOptions, evaluate, report
from framework.lm.evaluation.evaluation import Example, Report, Row
from framework.lm.layer import LM
from framework.lm.metrics.metric_json import metric_from_json
from framework.lm.metrics.metrics import MetricDefinition
from framework.lm.models.spend import UsageCounter
from resources.datasets.held_examples import held_examples
from resources.evaluations.evaluation import Evaluation, EvaluationProgress
from resources.evaluations.row_recorder import RowRecorder, spent
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
    again = evaluation.state in (RunState.FAILED, RunState.CANCELLED)
    recorder = await RowRecorder.opened(session, evaluation, examples, failed_again=again)
    counter = UsageCounter()
    cancelled = await _scored(run, evaluation, recorder, counter=counter)
    cost = spent(recorder.spent_before.and_also(counter.total))

    async def write(inner: Session) -> list[Row]:
        rows = await recorder.record(inner)
        kept = report(_with(recorder.rows, rows), cancelled=cancelled)
        if _whole(kept):
            await inner.update(Evaluation.finish, evaluation.id, {**_summary(kept), **cost})
        else:
            await inner.update(Evaluation.record_spend, evaluation.id, cost)
        return rows

    recorder.recorded(await session.with_transaction(write))
    if cancelled:
        raise JobCancelled
    if not _whole(kept := report(recorder.rows)):
        raise _all_broke(kept)


def _with(rows: Sequence[Row], changed: Sequence[Row]) -> list[Row]:
    """The rows, some as they came to stand on record."""
    by_position = {row.position: row for row in (*rows, *changed)}
    return [by_position[position] for position in sorted(by_position)]


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


async def _scored(run: JobRun, evaluation: Any, recorder: RowRecorder, *, counter: UsageCounter) -> bool:
    """Whether it was cancelled before every example had its row."""
    if not recorder.missing:
        return False
    cancellation = Cancellation()
    run.stop.then(cancellation.cancel)
    over = asyncio.Event()
    recording = asyncio.ensure_future(_record_as_they_come(run, recorder, over))
    try:
        found = await evaluate(
            await run.session.layers.opened(LM),
            subject_of(evaluation),
            examples=recorder.missing,
            metric=metric_from_json(evaluation.metric.definition),
            options=EvaluationOptions(
                evaluation.concurrency, recorder.add, cancellation, CallContext(on_usage=counter.add)
            ),
        )
    finally:
        # A commit that is cut off leaves nobody knowing what it kept.
        over.set()
        await asyncio.gather(recording, return_exceptions=True)
    if not found.cancelled:
        await _record(run, recorder)
    return found.cancelled


async def _record_as_they_come(run: JobRun, recorder: RowRecorder, over: asyncio.Event) -> None:
    """Twice a second, where there is something new; a database that is away is told the next time."""
    while not over.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), EVERY_SECONDS)
            return
        with suppress(Unavailable):
            await _record(run, recorder)


async def _record(run: JobRun, recorder: RowRecorder) -> None:
    """What is new, and how far the run has come, in one transaction."""
    if not recorder.pending:
        return

    async def write(inner: Session) -> list[Row]:
        rows = await recorder.record(inner)
        known = _with(recorder.rows, rows)
        done = _progress(known, len(recorder.examples))
        await run.report(done, checkpoint={"recorded": len(known)}, within=inner)
        return rows

    recorder.recorded(await run.session.with_transaction(write))


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
