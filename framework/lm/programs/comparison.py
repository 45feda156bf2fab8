"""The module that reasons several times and compares: DSPy's MultiChainComparison, with the attempts that it compares.

DSPy leaves those to whoever calls it, and has no asynchronous form.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from framework.lm.dspy_setup import dspy
from framework.lm.programs.pipelines.ways import InThread, OnLoop, Way, at_once

_Module: Any = dspy.Module
_Comparison: Any = dspy.MultiChainComparison
Attempt = Callable[[], Coroutine[Any, Any, Any]]


class Comparison(_Module):  # type: ignore[misc]  # DSPy is untyped
    """Asks `attempt` so many times, each a new rollout, then `compare`."""

    def __init__(self, signature: Any, *, attempts: int, temperature: float) -> None:
        super().__init__()
        self.attempt = dspy.ChainOfThought(signature)
        self.compare = Compare(signature, M=attempts, temperature=temperature)
        self.attempts, self.temperature = attempts, temperature

    def forward(self, **inputs: Any) -> Any:
        """Ask in this thread."""
        return at_once(self._answered(inputs, InThread()))

    async def aforward(self, **inputs: Any) -> Any:
        """Ask on the event loop."""
        return await self._answered(inputs, OnLoop())

    async def _answered(self, inputs: dict[str, Any], way: Way) -> Any:
        attempts: list[Attempt] = [partial(self._attempted, number, inputs, way) for number in range(self.attempts)]
        return await way.ask(self.compare, {"completions": await way.all(attempts), **inputs})

    async def _attempted(self, number: int, inputs: dict[str, Any], way: Way) -> Any:
        rollout = dspy.settings.lm.copy(rollout_id=number, temperature=self.temperature)
        with dspy.context(lm=rollout):
            return await way.ask(self.attempt, inputs)


class Compare(_Comparison):  # type: ignore[misc]  # DSPy is untyped
    """DSPy's own, which can be awaited as well."""

    async def aforward(self, completions: Any, **inputs: Any) -> Any:
        """What DSPy's `forward` asks, on the event loop: it tells its predictor, which is put off."""
        put_off = _PutOff()
        _Comparison.forward(_With(self.M, self.last_key, put_off), completions, **inputs)
        return await self.predict.acall(**put_off.asked)


class _PutOff:
    """Stands for a predictor, and keeps what it is asked."""

    def __init__(self) -> None:
        self.asked: dict[str, Any] = {}

    def __call__(self, **inputs: Any) -> None:
        self.asked = inputs


class _With:
    """What `forward` looks at, with a predictor that is put off."""

    def __init__(self, m: int, last_key: str, predict: _PutOff) -> None:
        self.M, self.last_key, self.predict = m, last_key, predict
