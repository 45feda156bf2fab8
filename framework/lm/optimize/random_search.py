"""BootstrapFewShotWithRandomSearch: many sets of demonstrations, each scored, the best kept."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from framework.lm.dspy_setup import dspy
from framework.lm.optimize.few_shot import BootstrapParams, shuffled
from framework.lm.optimize.optimizer import Optimizer, Search

_FIXED_CANDIDATES = 3  # without demonstrations, with training examples, and with traces in the given order


class RandomSearchParams(BootstrapParams):
    """How many shuffled sets to try, beside the three fixed ones."""

    num_candidates: Annotated[int, Field(ge=1, le=64)] = 16


def _search(params: RandomSearchParams, search: Search) -> tuple[str, ...]:
    optimizer = dspy.BootstrapFewShotWithRandomSearch(
        metric=search.scorer.score,
        num_candidate_programs=params.num_candidates,
        num_threads=search.threads,
        **params.model_dump(exclude={"num_candidates"}),
    )
    optimizer.compile(search.student, trainset=shuffled(search), valset=list(search.validation))
    return ()


RANDOM_SEARCH = Optimizer(
    name="bootstrap_few_shot_with_random_search",
    description="tries many sets of demonstrations and keeps the best",
    params=RandomSearchParams,
    needs=lambda _: (2, 2),
    trials=lambda params: params.num_candidates + _FIXED_CANDIDATES,
    search=_search,
)
