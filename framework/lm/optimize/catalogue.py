"""The optimizers there are, by name."""

from __future__ import annotations

from framework.errors import Invalid
from framework.lm.optimize.few_shot import BOOTSTRAP_FEW_SHOT, LABELED_FEW_SHOT
from framework.lm.optimize.gepa import GEPA
from framework.lm.optimize.miprov2 import MIPROV2
from framework.lm.optimize.optimizer import Optimizer
from framework.lm.optimize.random_search import RANDOM_SEARCH

OPTIMIZERS: dict[str, Optimizer] = {
    optimizer.name: optimizer for optimizer in (LABELED_FEW_SHOT, BOOTSTRAP_FEW_SHOT, RANDOM_SEARCH, MIPROV2, GEPA)
}


def optimizer_named(name: str) -> Optimizer:
    """The optimizer of that name."""
    if name not in OPTIMIZERS:
        raise Invalid(
            f"there is no optimizer {name!r}",
            code="unknown_optimizer",
            path=("optimizer",),
            params={"known": sorted(OPTIMIZERS)},
            hint=f"choose one of {', '.join(OPTIMIZERS)}",
        )
    return OPTIMIZERS[name]
