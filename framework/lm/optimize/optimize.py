"""One optimization from its baseline to its held-out score."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from framework.errors import Unavailable
from framework.lm.calls.call import CallContext
from framework.lm.calls.cancellation import Cancellation
from framework.lm.calls.execute import LmLayer, asked_as
from framework.lm.calls.failures import as_failure
from framework.lm.calls.replay import ReplayCache, ReplayFailed
from framework.lm.calls.run_memory import RunMemory
from framework.lm.dspy_setup import dspy
from framework.lm.evaluation.evaluate import EvaluationOptions, evaluate
from framework.lm.evaluation.evaluation import Report, Subject
from framework.lm.models.spend import Spend, Usage, UsageCounter
from framework.lm.optimize.budget_guard import BudgetGuard, Cause, StopOptimization
from framework.lm.optimize.catalogue import optimizer_named
from framework.lm.optimize.events import Phase, PhaseName, Spent, StopReason, Trial
from framework.lm.optimize.optimizer import Search
from framework.lm.optimize.prepare import check_run, dspy_examples
from framework.lm.optimize.progress_reporter import Observe, ProgressReporter, no_observer
from framework.lm.optimize.run import Budget, OptimizationResult, OptimizationRun
from framework.lm.optimize.run_optimizer import Notes, run_optimizer
from framework.lm.optimize.scorer import Scorer
from framework.lm.optimize.trial_observer import TrialObserver
from framework.lm.programs.chosen import choose
from framework.lm.programs.state import dump, load

Best = tuple[float, Mapping[str, Any]] | None

_ENDLESS = 10**9
SETTLE_SECONDS = 5.0
SETTLE_POLL_SECONDS = 0.02


async def optimize(
    layer: LmLayer,
    run: OptimizationRun,
    *,
    observe: Observe = no_observer,
    cancellation: Cancellation | None = None,
    replay: ReplayCache | None = None,
    counter: UsageCounter | None = None,
) -> OptimizationResult:
    """The result of a run. Raises Invalid for a run that cannot work, Unavailable for one whose calls mostly failed.

    A cancelled run, and one whose budget is spent, give what they have. A run that is started again with the replay
    cache of its first attempt goes the same way without asking anything twice. `counter` has what was spent, however
    the run ends.
    """
    wish = cancellation or Cancellation()
    reporter = ProgressReporter(observe, wish)
    try:
        under_way = _Session(layer, run, replay=replay, reporter=reporter, wish=wish, counter=counter or UsageCounter())
        async with layer.models.in_use(run.subject.model, run.prompt_model or run.subject.model):
            return await under_way.result()
    except ReplayFailed as failed:
        raise Unavailable(
            f"the memory of the run cannot be used: {type(failed.__cause__).__name__}", code="replay_unavailable"
        ) from failed
    finally:
        await reporter.close()


class _Session:
    """One run under way."""

    def __init__(
        self,
        layer: LmLayer,
        run: OptimizationRun,
        *,
        replay: ReplayCache | None,
        reporter: ProgressReporter,
        wish: Cancellation,
        counter: UsageCounter,
    ) -> None:
        self.layer, self.run, self.reporter, self.wish = layer, run, reporter, wish
        self.counter = counter
        self.started = time.monotonic()
        self.guard = BudgetGuard(wish)
        self.memory = RunMemory(replay, on_question=self.guard.on_question)
        self.optimizer = optimizer_named(run.optimizer)
        self.params = self.optimizer.read(run.params)
        self.optimizer.check(self.params, run.data)
        check_run(run)
        self.student = choose(load(run.subject.definition, run.subject.state, layer.tools), run.targets)
        self.observer = TrialObserver(
            of=self.optimizer.trials(self.params),
            reading=self.optimizer.reading,
            guard=self.guard,
            max_error_rate=run.max_error_rate,
            report=self._report_trial,
        )

    async def result(self) -> OptimizationResult:
        """Baseline, search, and the best judged on what was held out."""
        start = dump(self.student)
        baseline = await self._baseline()
        if baseline is None:
            best = self.observer.close()
            return self._ended(None, None, best=best, notes=self._unscored())
        notes, best = await self._searched()
        if self.wish.cancelled:
            return self._ended(baseline, None, best=best, notes=notes)
        if best is None or best[1] == start:
            return self._ended(baseline, baseline if best else None, best=best, notes=notes)
        optimized = await self._judged(PhaseName.VALIDATING, best[1], self.wish)
        return self._ended(baseline, None if optimized.cancelled else optimized, best=best, notes=notes)

    async def _baseline(self) -> Report | None:
        """The score of the start, or None where somebody cancels or the budget is spent before it is there."""
        budget = self.run.budget
        self.guard.limit(budget)
        loop = asyncio.get_running_loop()
        timer = loop.call_later(budget.seconds, self.guard.stop, Cause.BUDGET) if budget.seconds is not None else None
        try:
            report = await self._judged(PhaseName.BASELINE, self.run.subject.state, self.guard.stopped)
        except StopOptimization:
            return None
        finally:
            self.guard.release()
            if timer is not None:
                timer.cancel()
        return None if report.cancelled else report

    def _unscored(self) -> Notes:
        if self.guard.cause is not Cause.BUDGET:
            return ()
        return (f"the budget was spent before the program was scored: {_words(self.guard.known)}",)

    async def _judged(self, phase: PhaseName, state: Mapping[str, Any], cancellation: Cancellation) -> Report:
        """The score of a state on the held-out examples."""
        self.reporter.report(Phase(phase))
        report = await evaluate(
            self.layer,
            Subject(self.run.subject.definition, self.run.subject.model, state),
            examples=self.run.data.holdout,
            metric=self.run.metric,
            options=EvaluationOptions(
                concurrency=self.run.concurrency,
                cancellation=cancellation,
                context=CallContext(self.memory, self._count),
            ),
        )
        if not self.wish.cancelled:
            # One that was stopped halfway tells it when it is begun again, as one that was not disturbed.
            self.reporter.report(Spent(self.counter.total))
        if not report.cancelled and report.failed > self.run.max_error_rate * report.n:
            causes = [row.failure for row in report.rows if row.failure is not None]
            raise _failing(report.failed, report.n, causes[0])
        return report

    async def _searched(self) -> tuple[Notes, Best]:
        """Notes on the search, and the best that it found; what it may add after it was left is not heard."""
        self.reporter.report(Phase(PhaseName.SEARCHING))
        if self.guard.stopped.cancelled:
            return self._without_search()
        if (limit := self.guard.uncountable(self.run.budget)) is not None:
            self.guard.stop(Cause.BUDGET)
            return (f"no search: a budget in {limit} cannot be kept, as no call has said what it used",), None
        budget = self.run.budget.beyond(self.guard.known, seconds=time.monotonic() - self.started)
        if budget is None:
            self.guard.stop(Cause.BUDGET)
            return self._without_search()
        self.guard.limit(budget)
        try:
            notes = await run_optimizer(self._search, guard=self.guard, cancellation=self.wish, seconds=budget.seconds)
            best = self.observer.close()
            unfinished = await self._calls_under_way(budget)
        except Exception as error:
            raise as_failure(error, self.run.subject.model) from error
        finally:
            self.observer.close()
            self.guard.release()
        if self.guard.cause is Cause.FAILING or (notes is not None and best is None):
            cause = self.observer.failure(self.run.subject.model)
            raise _failing(self.observer.failed, self.observer.scored, cause)
        failed = self.observer.failed
        broken = (f"{failed} of {self.observer.scored} scored examples failed",) if failed else ()
        return (*(notes or ()), *broken, *unfinished, *self.guard.unreported(self.run.budget)), best

    def _without_search(self) -> tuple[Notes, Best]:
        if self.guard.cause is not Cause.BUDGET:
            return (), self.observer.close()
        spent = _words(self.counter.total)
        return (f"the budget is too small for a search: scoring took {spent}, once before it",), self.observer.close()

    async def _calls_under_way(self, budget: Budget) -> Notes:
        """Waits for the answers that are on their way, since they are paid for; says how many it gave up on."""
        hurried = self.wish.cancelled or budget.seconds is not None
        until = time.monotonic() + (0.0 if hurried else SETTLE_SECONDS)
        while self.guard.in_flight and time.monotonic() < until and not self.wish.cancelled:  # noqa: ASYNC110 - threads
            await asyncio.sleep(SETTLE_POLL_SECONDS)
        if not (calls := self.guard.in_flight):
            return ()
        return (f"{calls} calls were under way when the search stopped; what they cost is not counted",)

    def _search(self) -> Notes:
        """The optimizer's own work, in its own thread."""
        models = self.layer.models
        program = self.run.subject.definition
        lm = asked_as(program, models.remembering(self.run.subject.model))
        search = Search(
            student=self.student,
            training=dspy_examples(self.run, self.run.data.training),
            validation=dspy_examples(self.run, self.run.data.validation),
            scorer=Scorer(self.run.subject.definition.signature, self.run.metric),
            observer=self.observer,
            prompt_model=models.proposing(self.run.prompt_model or self.run.subject.model),
            seed=self.run.seed,
            threads=self.run.concurrency,
        )
        callbacks = [self.guard, self.observer]
        settings = self.layer.dspy_settings(program, self._count, self.memory)
        with dspy.context(lm=lm, callbacks=callbacks, max_errors=_ENDLESS, **settings):
            return self.optimizer.search(self.params, search)

    def _ended(
        self, baseline: Report | None, optimized: Report | None, *, best: Best, notes: Notes
    ) -> OptimizationResult:
        improved = baseline is not None and optimized is not None and optimized.mean > baseline.mean
        stopped = {None: StopReason.FINISHED, Cause.BUDGET: StopReason.BUDGET, Cause.CANCELLED: StopReason.CANCELLED}
        return OptimizationResult(
            state=best[1] if improved and best else self.run.subject.state,
            improved=improved,
            stop_reason=StopReason.CANCELLED if self.wish.cancelled else stopped[self.guard.cause],
            baseline=baseline,
            optimized=optimized,
            best_state=best[1] if best else None,
            best_score=best[0] if best else None,
            trials=tuple(self.observer.trials),
            spend=self.counter.total,
            notes=notes,
        )

    def _count(self, usage: Usage) -> None:
        self.counter.add(usage)
        self.guard.count(usage)

    def _report_trial(self, trial: Trial) -> None:
        self.reporter.report(trial)
        self.reporter.report(Spent(self.counter.total))


def _words(spend: Spend) -> str:
    cost = "" if spend.cost_usd is None else f" and ${spend.cost_usd:.4f}"
    return f"{spend.calls} calls, {'unknown' if spend.tokens is None else spend.tokens} tokens{cost}"


def _failing(failed: int, scored: int, cause: Any) -> Unavailable:
    code = cause.issues[0].code if cause is not None else "unknown"
    return Unavailable(
        f"the optimization was given up: {failed} of {scored} scored examples failed"
        + (f" ({cause})" if cause else ""),
        code="optimization_failing",
        params={"failed": failed, "scored": scored, "cause": code},
        hint="check that the model answers, then start the optimization again",
    )
