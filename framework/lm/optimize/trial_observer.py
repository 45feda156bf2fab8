"""Who watches a search from inside DSPy: numbers its trials, keeps the best, and notices when everything fails."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Mapping
from typing import Any

from framework.errors import Failure
from framework.lm.calls.failures import as_failure
from framework.lm.dspy_setup import BaseCallback, dspy
from framework.lm.models.model import ModelDefinition
from framework.lm.optimize.budget_guard import BudgetGuard, Cause
from framework.lm.optimize.events import Fidelity, Trial
from framework.lm.programs.state import dump

Reading = Callable[[str | None], Fidelity | None]
_ENOUGH_TO_JUDGE = 5
_ERRORS_IN_A_ROW = 20
_FailedPrediction: Any = importlib.import_module("dspy.teleprompt.bootstrap_trace").FailedPrediction


class TrialObserver(BaseCallback):  # type: ignore[misc]  # DSPy is untyped
    """The trials of one search. `reading` tells which of DSPy's evaluations is a trial, by its name."""

    def __init__(
        self, *, of: int, reading: Reading, guard: BudgetGuard, max_error_rate: float, report: Callable[[Trial], object]
    ) -> None:
        self._of, self._reading, self._guard, self._report = of, reading, guard, report
        self._max_error_rate = max_error_rate
        self._lock = threading.RLock()
        self._open: dict[str, tuple[Any, str | None]] = {}
        self._errors_in_a_row = 0
        self._closed = False
        self.trials: list[Trial] = []
        self.best: tuple[float, Mapping[str, Any]] | None = None
        self.scored = 0
        self.failed = 0
        self.failed_last = 0
        self.last_error: BaseException | None = None

    def on_lm_end(self, exception: BaseException | None = None, **_: Any) -> None:
        """A call to a model is over."""
        with self._lock:
            failed = isinstance(exception, Exception)
            self._errors_in_a_row = self._errors_in_a_row + 1 if failed else 0
            if failed:
                self.last_error = exception
            if self._errors_in_a_row >= _ERRORS_IN_A_ROW:
                self._guard.stop(Cause.FAILING)

    def on_evaluate_start(self, call_id: str, inputs: dict[str, Any], **_: Any) -> None:
        """DSPy begins to score a program."""
        metadata = inputs.get("callback_metadata") or {}
        with self._lock:
            self._open[call_id] = (inputs["program"], metadata.get("metric_key"))

    def on_evaluate_end(self, call_id: str, outputs: Any, **_: Any) -> None:
        """DSPy has scored a program, or was stopped while it did."""
        with self._lock:
            program, name = self._open.pop(call_id)
            if outputs is None or self._closed:
                return
            size = len(outputs.results)
            failed = sum(_broke(prediction) for _, prediction, _ in outputs.results)
            self.failed_last = failed
            self._judge(size, failed)
            fidelity = self._reading(name)
            if fidelity is not None:
                score = sum(float(points) for *_, points in outputs.results) / size
                self.add(fidelity, score=score, counts=(size, failed), state=lambda: dump(program))

    def add(
        self,
        fidelity: Fidelity,
        *,
        score: float | None,
        counts: tuple[int, int],
        state: Callable[[], Mapping[str, Any]],
    ) -> None:
        """One more trial; `state` is only asked for when it is the best one yet."""
        with self._lock:
            if self._closed:
                return
            better = (
                fidelity is Fidelity.FULL
                and score is not None
                and counts[1] < counts[0]
                and (self.best is None or score > self.best[0])
            )
            if better and score is not None:
                self.best = (score, state())
            trial = Trial(
                number=len(self.trials) + 1,
                of=self._of,
                score=score,
                size=counts[0],
                failed=counts[1],
                fidelity=fidelity,
                best=self.best[0] if self.best else None,
                state=self.best[1] if self.best and better else None,
            )
            self.trials.append(trial)
            self._report(trial)

    def close(self) -> tuple[float, Mapping[str, Any]] | None:
        """The best that was found; the search is left, and what its thread may still add is dropped."""
        with self._lock:
            self._closed = True
            return self.best

    @property
    def stopped(self) -> bool:
        """Whether the search is being stopped, so that what it does now is not finished work."""
        return self._guard.cause is not None

    def failure(self, model: ModelDefinition) -> Failure | None:
        """Why examples failed, in our words."""
        return as_failure(self.last_error, model) if self.last_error is not None else None

    def _judge(self, size: int, failed: int) -> None:
        self.scored += size
        self.failed += failed
        if self.scored >= _ENOUGH_TO_JUDGE and self.failed > self._max_error_rate * self.scored:
            self._guard.stop(Cause.FAILING)


def _broke(prediction: Any) -> bool:
    """Whether an example failed: DSPy forgets the error and leaves an empty prediction."""
    return isinstance(prediction, _FailedPrediction) or (
        isinstance(prediction, dspy.Prediction) and not prediction.keys()
    )
