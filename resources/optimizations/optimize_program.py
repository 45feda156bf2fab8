"""Optimizes a program: search under watch, every trial on record, the better version kept."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from framework.actions.session import Session
from framework.errors import Failure
from framework.jobs.job_run import JobCancelled, JobRun
from framework.lm.calls.cancellation import Cancellation
from framework.lm.calls.execute import LmLayer
from framework.lm.layer import LM
from framework.lm.metrics.metric_json import metric_from_json
from framework.lm.models.spend import Spend, UsageCounter
from framework.lm.optimize.optimize import optimize
from framework.lm.optimize.run import Budget, Data, OptimizationResult, OptimizationRun
from resources.datasets.example import Split
from resources.datasets.held_examples import held_examples
from resources.evaluations.run_state import RunState
from resources.evaluations.subject import loaded_run, subject_of
from resources.optimizations.optimization import Optimization
from resources.optimizations.stored_replay import StoredReplay, forget_calls
from resources.optimizations.trial_recorder import TrialRecorder
from resources.programs.new_version import new_version
from resources.programs.version import Origin


async def optimize_program(run: JobRun) -> None:
    """Runs the search to its end. A run that is begun again retraces its steps and tells nothing twice."""
    optimization = await loaded_run(run.session, Optimization, run.target_id)
    if optimization.state is RunState.SUCCEEDED:
        # An earlier attempt came to the end, and died before it could say so.
        await forget_calls(run, optimization.id)
        return
    await run.session.update(Optimization.begin, optimization.id)
    replay = await StoredReplay.opened(run, optimization.id)
    cancellation = Cancellation()
    run.stop.then(cancellation.cancel)
    recorder, counter = TrialRecorder(run, optimization.id, replay), UsageCounter()
    flushing = asyncio.ensure_future(replay.flush_for_ever())
    try:
        result = await optimize(
            await _dspy(run.session),
            await _described(run.session, optimization),
            observe=recorder.record,
            cancellation=cancellation,
            replay=replay,
            counter=counter,
        )
    except Failure as failure:
        await _spent(run, optimization.id, counter.total)
        raise _final(failure) from failure
    finally:
        flushing.cancel()
        await asyncio.gather(flushing, return_exceptions=True)
    if cancellation.cancelled:
        # It may be resumed, and what was answered since the last write would be asked for again.
        await replay.flush()
        await _spent(run, optimization.id, result.spend)
        raise JobCancelled
    await _finish(run, optimization, result)
    await forget_calls(run, optimization.id)


async def _spent(run: JobRun, key: UUID, spend: Spend) -> None:
    """What a run cost is on record however it ended."""
    await run.session.update(Optimization.record_spend, key, _cost(spend))


async def _dspy(session: Session) -> LmLayer:
    """The layer, which has to be DSPy's own: its optimizers take programs apart that others only call."""
    layer = await session.layers.opened(LM)
    if not isinstance(layer, LmLayer):
        raise TypeError(f"programs are optimized by DSPy, which `{type(layer).__name__}` is not")
    return layer


def _final(failure: Failure) -> Failure:
    """A search that was given up is at its end: each of its calls has had its retries. Anything else may heal."""
    given_up = failure.issues[0].code == "optimization_failing"
    return Failure.of(failure.issues) if given_up else failure


async def _described(session: Session, optimization: Any) -> OptimizationRun:
    async def held(split: Split) -> Any:
        return await held_examples(session, optimization["dataset_id"], optimization.dataset_version, split)

    return OptimizationRun(
        subject=subject_of(optimization),
        data=Data(await held(Split.TRAIN), await held(Split.VALIDATION), await held(Split.TEST)),
        metric=metric_from_json(optimization.metric.definition),
        optimizer=str(optimization.optimizer),
        params=optimization.params,
        seed=optimization.seed,
        concurrency=optimization.concurrency,
        budget=Budget(**optimization.budget.model_dump()),
        targets=tuple(optimization.targets),
    )


async def _finish(run: JobRun, optimization: Any, result: OptimizationResult) -> None:
    """The new version and the result, together; nothing better makes no version."""

    async def write(inner: Session) -> None:
        number = await _version_of(inner, optimization, result) if result.improved else None
        await inner.update(Optimization.finish, optimization.id, {**_summary(result), "result_number": number})

    await run.session.with_transaction(write)


async def _version_of(session: Session, optimization: Any, result: OptimizationResult) -> int:
    learned, about = (subject_of(optimization).definition, result.state), {"optimization_id": optimization.id}
    parent = optimization.version.number
    return await new_version(
        session, optimization["program_id"], learned, origin=Origin.OPTIMIZED, parent_number=parent, **about
    )


def _summary(result: OptimizationResult) -> dict[str, Any]:
    summary: dict[str, Any] = {
        "best_score": result.best_score,
        "stop_reason": str(result.stop_reason),
        "notes": list(result.notes),
        **_cost(result.spend),
        # Of an earlier try, if there was one.
        "error": None,
    }
    for name, report in (("baseline", result.baseline), ("optimized", result.optimized)):
        if report is not None:
            summary["holdout_n"] = report.n
            summary[f"{name}_score"] = report.mean
            if report.interval is not None:
                summary[f"{name}_low"], summary[f"{name}_high"] = report.interval.low, report.interval.high
    return summary


def _cost(spend: Spend) -> dict[str, Any]:
    names = ("calls", "tokens_in", "tokens_out", "cost_usd")
    return {name: getattr(spend, name) for name in names}
