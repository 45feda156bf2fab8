"""Scoring a program on examples: many at a time, each on its own, one bad example is one failed row."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from framework.data.protocols import Executes
from framework.errors import Failure, Invalid
from framework.lm.calls.call import Answer, Call, CallContext
from framework.lm.calls.cancellation import Cancellation
from framework.lm.evaluation.evaluation import Example, Report, Row, Subject
from framework.lm.evaluation.statistics import interval
from framework.lm.metrics.metrics import MetricDefinition
from framework.lm.models.spend import Spend, Usage, UsageCounter
from framework.lm.payloads.payloads import expected_outputs


@dataclass(frozen=True, slots=True)
class EvaluationOptions:
    """How to go about an evaluation: how many at once, who is told of each row, and who may stop it.

    So many at once as a real endpoint usually stands; a caller who knows his can ask for as many as there are examples.
    """

    concurrency: int = 128
    on_row: Callable[[Row], object] = lambda _: None
    cancellation: Cancellation | None = None
    context: CallContext = field(default_factory=CallContext)


async def evaluate(
    layer: Executes[Call, Answer],
    subject: Subject,
    *,
    examples: Sequence[Example],
    metric: MetricDefinition,
    options: EvaluationOptions = EvaluationOptions(),
) -> Report:
    """The report on a program over examples. A cancelled evaluation reports the rows that were finished."""
    if not examples:
        raise Invalid("there is nothing to evaluate on", code="too_few_examples", path=("examples",))
    rows: dict[int, Row] = {}
    waiting = iter(enumerate(examples))

    async def work(waiting: Iterator[tuple[int, Example]]) -> None:
        for position, example in waiting:
            row = await _row(layer, _call(subject, example, options.context), position, example=example, metric=metric)
            rows[position] = row
            options.on_row(row)

    workers = [asyncio.ensure_future(work(waiting)) for _ in range(min(options.concurrency, len(examples)))]
    cancelled = await _all_or_cancelled(workers, options.cancellation)
    return report([rows[position] for position in sorted(rows)], cancelled=cancelled)


def report(rows: Sequence[Row], *, cancelled: bool = False) -> Report:
    """What rows add up to."""
    scores = [row.score or 0.0 for row in rows]
    spend = Spend()
    for row in rows:
        spend = spend.and_also(row.spend)
    return Report(
        rows=tuple(rows),
        mean=sum(scores) / len(scores) if scores else 0.0,
        failed=sum(row.failure is not None for row in rows),
        interval=interval(scores),
        spend=spend,
        cancelled=cancelled,
    )


def _call(subject: Subject, example: Example, context: CallContext) -> Call:
    return Call(subject.definition, example.inputs, subject.model, subject.state, context)


async def _row(
    layer: Executes[Call, Answer], call: Call, position: int, *, example: Example, metric: MetricDefinition
) -> Row:
    counter = UsageCounter()

    def count(usage: Usage) -> None:
        counter.add(usage)
        call.context.on_usage(usage)

    started = time.perf_counter()
    # It has its own bound of how many ask at once, so the rest only wait for their turn.
    context = replace(call.context, on_usage=count, wait_seconds=math.inf)
    (answer,) = await layer.execute([replace(call, context=context)])
    row = Row(position, example.key, None, spend=counter.total, latency_ms=(time.perf_counter() - started) * 1000)
    if isinstance(answer, Failure):
        return replace(row, failure=answer)
    row = replace(row, outputs=answer.outputs, latency_ms=answer.latency_ms)
    expected = expected_outputs(call.definition.signature, example.outputs)
    try:
        return replace(row, score=float(metric.score(expected, answer.outputs)))
    except Failure as failure:
        return replace(row, failure=failure)


async def _all_or_cancelled(workers: Sequence[asyncio.Future[None]], cancellation: Cancellation | None) -> bool:
    """Wait for the workers; stop them, in the middle of their calls too, as soon as somebody cancels."""
    loop = asyncio.get_running_loop()
    everything = asyncio.gather(*workers)
    forget = cancellation.subscribe(lambda: loop.call_soon_threadsafe(everything.cancel)) if cancellation else None
    try:
        await everything
    except asyncio.CancelledError:
        if cancellation is None or not cancellation.cancelled:
            raise
        return True
    finally:
        if forget is not None:
            forget()
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
    return False
