"""What every optimizer is made of: its parameters, the data it needs, how many trials it takes, and its search."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, TypeAdapter

from framework.errors import Invalid, Issue
from framework.lm.optimize.events import Fidelity
from framework.lm.optimize.run import Data
from framework.lm.optimize.scorer import Scorer
from framework.lm.optimize.trial_observer import TrialObserver
from framework.lm.values.typed_json import parse


class Params(BaseModel):
    """The parameters of an optimizer: bounded, and none beside those that are named."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True, strict=True)


@dataclass(frozen=True, slots=True)
class Search:
    """What a search works with, in DSPy's terms."""

    student: Any
    training: Sequence[Any]
    validation: Sequence[Any]
    scorer: Scorer
    observer: TrialObserver
    prompt_model: Any
    seed: int
    threads: int


def every_evaluation_is_a_trial(_: str | None) -> Fidelity | None:
    """The reading of optimizers that score each candidate on the whole validation set."""
    return Fidelity.FULL


@dataclass(frozen=True, slots=True)
class Optimizer:
    """One way to improve a program. `needs` gives the fewest training and validation examples it can work with."""

    name: str
    description: str
    params: type[Params]
    needs: Callable[[Any], tuple[int, int]]
    trials: Callable[[Any], int]
    search: Callable[[Any, Search], tuple[str, ...]]
    reading: Callable[[str | None], Fidelity | None] = every_evaluation_is_a_trial

    def read(self, params: Mapping[str, Any]) -> Any:
        """The parameters as this optimizer knows them."""
        return parse(TypeAdapter(self.params), params, what=f"the parameters of {self.name}")

    def check(self, params: Any, data: Data) -> None:
        """Refuse data that the optimizer does not fit, before anything is spent."""
        issues = self.lacking(params, {part.name: len(getattr(data, part.name)) for part in fields(data)})
        if issues:
            raise Invalid.of(issue.under("data") for issue in issues)

    def lacking(self, params: Any, found: Mapping[str, int]) -> list[Issue]:
        """What is missing where there are so many examples to learn from, to choose by and to judge by."""
        training, validation = self.needs(params)
        needed = {"training": training, "validation": validation, "holdout": 1}
        return [
            Issue(
                "too_few_examples",
                f"{self.name} needs at least {count} {name} examples, and there are {found[name]}",
                (name,),
                {"needed": count, "found": found[name]},
            )
            for name, count in needed.items()
            if found[name] < count
        ]
