"""What keeps an optimizer from working with these settings, so many examples and this budget."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from framework.errors import Invalid, Issue
from framework.lm.optimize.catalogue import optimizer_named
from framework.lm.optimize.run import Budget


async def optimizer_param_issues(
    name: str, params: Mapping[str, Any], found: Mapping[str, int], *, calls: int | None
) -> list[Issue]:
    """Issues about the settings under `params`, about the examples, by role, under `dataset_id`, and about the calls
    that the budget allows under `budget`.
    """
    optimizer = optimizer_named(name)
    try:
        read = optimizer.read(params)
    except Invalid as failure:
        return [issue.under("params") for issue in failure.issues]
    short = Budget(calls=calls).shortfall(validation=found["validation"], holdout=found["holdout"])
    return [*(issue.under("dataset_id") for issue in optimizer.lacking(read, found)), *short]
