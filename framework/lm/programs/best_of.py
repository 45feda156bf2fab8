"""The module that asks several times and keeps the best attempt.

DSPy's own BestOfN counts its failures down for ever, prints, and has no asynchronous form; this one has no state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from framework.lm.dspy_setup import dspy

_Module: Any = dspy.Module
Reward = Callable[[Mapping[str, Any], Any], float]


class BestOf(_Module):  # type: ignore[misc]  # DSPy is untyped
    """Up to `attempts` predictions of `module`, each a new rollout; the first that reaches `threshold`, or the best."""

    def __init__(self, module: Any, *, attempts: int, threshold: float, reward: Reward) -> None:
        super().__init__()
        self.module = module
        self.attempts = attempts
        self.threshold = threshold
        self.reward = reward

    def forward(self, **inputs: Any) -> Any:
        """Ask in this thread."""
        contest = _Contest(self, inputs)
        for attempt in range(self.attempts):
            with contest.attempt(attempt) as enter:
                enter(self.module(**inputs))
            if contest.decided:
                break
        return contest.winner()

    async def aforward(self, **inputs: Any) -> Any:
        """Ask on the event loop."""
        contest = _Contest(self, inputs)
        for attempt in range(self.attempts):
            with contest.attempt(attempt) as enter:
                enter(await self.module.acall(**inputs))
            if contest.decided:
                break
        return contest.winner()


class _Contest:
    """The attempts of one request: the best so far, or the last error where none succeeded."""

    def __init__(self, rules: BestOf, inputs: Mapping[str, Any]) -> None:
        self.rules, self.inputs = rules, inputs
        self.best: tuple[float, Any, list[Any]] | None = None
        self.error: Exception | None = None

    @property
    def decided(self) -> bool:
        return self.best is not None and self.best[0] >= self.rules.threshold

    @contextmanager
    def attempt(self, number: int) -> Iterator[Callable[[Any], None]]:
        """One attempt under way, with a trace of its own; one that fails, or is cut off, takes no part."""
        with dspy.context(lm=_rollout(number), trace=[]):
            try:
                yield self._enter
            except Exception as error:  # noqa: BLE001 - whatever it was, it is raised when no attempt succeeds
                self.error = error

    def _enter(self, prediction: Any) -> None:
        reward = self.rules.reward(self.inputs, prediction)
        if self.best is None or reward > self.best[0]:
            self.best = (reward, prediction, list(dspy.settings.trace))

    def winner(self) -> Any:
        """The best prediction; what led to it is all that optimizers get to see, as demonstrations are made of that."""
        if self.best is None:
            raise self.error or RuntimeError("best_of_n made no attempt")
        _, prediction, trace = self.best
        if dspy.settings.trace is not None:
            dspy.settings.trace.extend(trace)
        return prediction


def _rollout(attempt: int) -> Any:
    return dspy.settings.lm.copy(rollout_id=attempt, temperature=1.0)
