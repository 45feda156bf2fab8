"""MIPROv2: proposes instructions from the data and searches for the best pair of instruction and demonstrations."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from framework.lm.dspy_setup import dspy
from framework.lm.optimize.events import Fidelity
from framework.lm.optimize.few_shot import Demos, Threshold
from framework.lm.optimize.optimizer import Optimizer, Params, Search

_FIDELITY = {"eval_full": Fidelity.FULL, "eval_minibatch": Fidelity.MINIBATCH}


class MiproParams(Params):
    """How many candidates and trials. With `minibatch_size`, trials are scored on so many examples only, and the
    best of them on all after every `full_eval_steps` trials and at the end. No demonstrations means none are shown.
    """

    num_candidates: Annotated[int, Field(ge=2, le=30)] = 6
    num_trials: Annotated[int, Field(ge=1, le=200)] = 10
    max_bootstrapped_demos: Demos = 4
    max_labeled_demos: Demos = 4
    minibatch_size: Annotated[int, Field(ge=1, le=1000)] | None = None
    full_eval_steps: Annotated[int, Field(ge=1, le=50)] = 5
    init_temperature: Annotated[float, Field(ge=0, le=2)] = 1.0
    metric_threshold: Threshold = None


def _search(params: MiproParams, search: Search) -> tuple[str, ...]:
    optimizer = dspy.MIPROv2(
        metric=search.scorer.score,
        prompt_model=search.prompt_model,
        task_model=dspy.settings.lm,
        auto=None,
        num_candidates=params.num_candidates,
        num_threads=search.threads,
        init_temperature=params.init_temperature,
        metric_threshold=params.metric_threshold,
        max_bootstrapped_demos=params.max_bootstrapped_demos,
        max_labeled_demos=params.max_labeled_demos,
        seed=search.seed + 1,  # DSPy takes 0 for "not given"
    )
    optimizer.compile(
        search.student,
        trainset=list(search.training),
        valset=list(search.validation),
        num_trials=params.num_trials,
        minibatch=params.minibatch_size is not None,
        minibatch_size=params.minibatch_size or len(search.validation),
        minibatch_full_eval_steps=params.full_eval_steps,
    )
    return ()


def _trials(params: MiproParams) -> int:
    """The program as it is, every trial, and with minibatches a full score after each so many trials and at the end."""
    if params.minibatch_size is None:
        return params.num_trials + 1
    full, rest = divmod(params.num_trials, params.full_eval_steps)
    return params.num_trials + 1 + full + bool(rest)


MIPROV2 = Optimizer(
    name="miprov2",
    description="proposes instructions and searches for the best pair of instruction and demonstrations",
    params=MiproParams,
    needs=lambda params: (2, max(2, params.minibatch_size or 0)),
    trials=_trials,
    search=_search,
    reading=lambda name: _FIDELITY.get(name or ""),
)
