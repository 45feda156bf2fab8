"""The words for a declared program's module."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from framework.lm.modules.acting import ReAct
from framework.lm.modules.answering import ChainOfThought, MultiChainComparison, Predict
from framework.lm.modules.custom import Custom
from framework.lm.modules.pipeline import Pipeline
from framework.lm.modules.steps import Source, Step
from framework.lm.modules.trying import BestOfN, Tried
from framework.lm.programs.call_settings import Adapter, CallSettings


def predict() -> Predict:
    """Answers at once."""
    return Predict()


def chain_of_thought() -> ChainOfThought:
    """Reasons first."""
    return ChainOfThought()


def react(max_iters: int = 20) -> ReAct:
    """Uses tools until it can answer."""
    return ReAct(max_iters)


def best_of_n(
    n: int = 3,
    *,
    threshold: float = 1.0,
    reward_field: str | None = None,
    reward: str | None = None,
    of: Tried = "predict",
) -> BestOfN:
    """Answers several times and keeps the best."""
    return BestOfN(n, threshold=threshold, reward_field=reward_field, reward=reward, of=of)


def multi_chain_comparison(m: int = 3, *, temperature: float = 0.7) -> MultiChainComparison:
    """Reasons several times, compares what came of it, and answers."""
    return MultiChainComparison(m, temperature)


def pipeline(steps: Sequence[Step], **outputs: Source) -> Pipeline:
    """Goes through steps; `outputs` says where each output comes from, if not from the last step by its name."""
    return Pipeline(tuple(steps), outputs)


def asking(adapter: Adapter = "chat", **settings: float) -> CallSettings:
    """Asks by an adapter of DSPy's, with a temperature, max_tokens, top_p or seed of its own."""
    return CallSettings.from_json({"adapter": adapter, **settings})


def custom(reference: str, *, max_calls: int = 20, **params: Any) -> Custom:
    """Is the `dspy.Module` that `reference` ("module:Class") makes with `params`."""
    return Custom(reference, params, max_calls)
