"""An optimization as values: what is asked for, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, Field, TypeAdapter

from framework.errors import Issue
from framework.lm.evaluation.evaluation import Example, Report, Subject
from framework.lm.metrics.metrics import MetricDefinition
from framework.lm.models.model import ModelDefinition
from framework.lm.models.spend import Spend
from framework.lm.optimize.events import StopReason, Trial
from framework.lm.programs.program import State
from framework.lm.values.typed_json import parse

MAX_SEED = 2**31


@dataclass(frozen=True, slots=True)
class Budget:
    """What the whole run may spend, scoring on held-out examples before and after the search included.

    Fewer calls than scoring and a first trial take are refused; a run that has spent its budget before it is scored
    ends without scores.
    The score at the end is not cut off. Tokens and dollars are counted as far as the endpoint tells them.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    calls: Annotated[int, Field(ge=1)] | None = None
    tokens: Annotated[int, Field(ge=1)] | None = None
    usd: Annotated[float, Field(gt=0)] | None = None
    seconds: Annotated[float, Field(gt=0)] | None = None

    def beyond(self, scoring: Spend, *, seconds: float) -> Budget | None:
        """What is left for the search when scoring took this much once and will again; None if nothing is.

        The held-out score at the end is kept back at what the baseline took. Longer prompts may make it dearer.
        """
        spent = {
            "calls": scoring.calls,
            "tokens": scoring.tokens or 0,
            "usd": scoring.cost_usd or 0.0,
            "seconds": seconds,
        }
        left = {name: limit - 2 * spent[name] for name in spent if (limit := getattr(self, name)) is not None}
        return Budget(**left) if all(amount > 0 for amount in left.values()) else None

    def shortfall(self, *, validation: int, holdout: int) -> list[Issue]:
        """What is wrong with fewer calls than the least that any search takes.

        The held-out examples are scored before it and after it, the validation examples by its first trial, and an
        answer is one call at least. Tokens and dollars are only known once something was asked.
        """
        needed = 2 * holdout + validation
        if self.calls is None or self.calls >= needed:
            return []
        return [
            Issue(
                "budget_too_small",
                f"scoring {holdout} held-out examples before and after the search, and {validation} validation "
                f"examples in it, takes {needed} calls at least, and the budget allows {self.calls}",
                ("budget", "calls"),
                {"needed": needed, "allowed": self.calls},
                "allow more calls, several for each training and validation example, or hold out fewer examples",
            )
        ]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Budget:
        """The budget that `data` spells."""
        return parse(_BUDGET, data, what="the budget")


@dataclass(frozen=True, slots=True)
class Data:
    """The examples of a run: to learn from, to choose by, and, never shown to the optimizer, to judge the result by."""

    training: tuple[Example, ...]
    validation: tuple[Example, ...]
    holdout: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class OptimizationRun:
    """Everything that determines a run: the same values and the same answers give the same result.

    `targets` are the parts of the program that are to be improved; none is all of them.
    """

    subject: Subject
    data: Data
    metric: MetricDefinition
    optimizer: str
    params: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    concurrency: int = 8
    budget: Budget = field(default_factory=Budget)
    prompt_model: ModelDefinition | None = None
    targets: tuple[str, ...] = ()
    max_error_rate: float = 0.5


@dataclass(frozen=True, slots=True)
class OptimizationResult:
    """What came of a run. `state` is the better one of the start and the best found; a tie keeps the start.

    `baseline` and `optimized` are scored on held-out examples; they are None where a cancelled run did not get there.
    `best_state` is the best that the search found, `best_score` its score on the validation examples.
    """

    state: State
    improved: bool
    stop_reason: StopReason
    baseline: Report | None
    optimized: Report | None
    best_state: State | None
    best_score: float | None
    trials: tuple[Trial, ...]
    spend: Spend
    notes: tuple[str, ...] = ()


_BUDGET = TypeAdapter(Budget)
