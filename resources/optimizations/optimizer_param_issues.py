"""What keeps an optimizer from working with these settings and so many examples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from framework.errors import Invalid, Issue
from framework.lm.optimize.catalogue import optimizer_named


async def optimizer_param_issues(name: str, params: Mapping[str, Any], found: Mapping[str, int]) -> list[Issue]:
    """Issues about the settings under `params`, and about the examples, by role, under `dataset_id`."""
    optimizer = optimizer_named(name)
    try:
        read = optimizer.read(params)
    except Invalid as failure:
        return [issue.under("params") for issue in failure.issues]
    return [issue.under("dataset_id") for issue in optimizer.lacking(read, found)]
