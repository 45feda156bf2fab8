"""Optimizers that choose demonstrations once: LabeledFewShot and BootstrapFewShot.

Neither scores what it made, so that is done here: one trial, on the whole validation set.
"""

from __future__ import annotations

import random
from typing import Annotated, Any

from pydantic import Field

from framework.lm.dspy_setup import dspy
from framework.lm.optimize.optimizer import Optimizer, Params, Search

Demos = Annotated[int, Field(ge=0, le=64)]
Threshold = Annotated[float, Field(gt=0, le=1)] | None


class LabeledParams(Params):
    """How many training examples to show."""

    k: Annotated[int, Field(ge=1, le=64)] = 16


class BootstrapParams(Params):
    """How many demonstrations to show: training examples, and traces of the program that scored at least
    `metric_threshold`; without one, all that scored anything, as in DSPy.
    """

    max_bootstrapped_demos: Annotated[int, Field(ge=1, le=64)] = 4
    max_labeled_demos: Demos = 16
    max_rounds: Annotated[int, Field(ge=1, le=5)] = 1
    metric_threshold: Threshold = None


def _labeled(params: LabeledParams, search: Search) -> tuple[str, ...]:
    _score(dspy.LabeledFewShot(k=params.k).compile(search.student, trainset=shuffled(search)), search)
    return ()


def _bootstrap(params: BootstrapParams, search: Search) -> tuple[str, ...]:
    optimizer = dspy.BootstrapFewShot(metric=search.scorer.score, **params.model_dump())
    program = optimizer.compile(search.student, trainset=shuffled(search))
    _score(program, search)
    found = sum(bool(demo.get("augmented")) for predictor in program.predictors() for demo in predictor.demos)
    return () if found else ("no training example was answered well enough to demonstrate with",)


def shuffled(search: Search) -> list[Any]:
    """The training examples in the order of the seed; these optimizers take the first that fit."""
    examples = list(search.training)
    random.Random(search.seed).shuffle(examples)  # noqa: S311 - an order that can be repeated
    return examples


def _score(program: Any, search: Search) -> None:
    evaluate = dspy.Evaluate(devset=list(search.validation), metric=search.scorer.score, num_threads=search.threads)
    evaluate(program)


LABELED_FEW_SHOT = Optimizer(
    name="labeled_few_shot",
    description="shows k training examples, chosen by the seed",
    params=LabeledParams,
    needs=lambda _: (1, 1),
    trials=lambda _: 1,
    search=_labeled,
)
BOOTSTRAP_FEW_SHOT = Optimizer(
    name="bootstrap_few_shot",
    description="shows traces of the program's own good answers, and training examples",
    params=BootstrapParams,
    needs=lambda _: (2, 1),
    trials=lambda _: 1,
    search=_bootstrap,
)
