"""What is wrong with the parts of a program that a search is to improve."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from framework.errors import Invalid, Issue
from framework.lm.programs.chosen import chosen_names
from framework.lm.programs.predictors import predictors_of
from framework.lm.programs.state import load
from framework.lm.programs.tools import AllowedTools
from resources.programs.definition import definition_from_json


async def target_issues(version: Mapping[str, Any], targets: Sequence[str], tools: AllowedTools) -> list[Issue]:
    """An issue under `targets` for each that the version has not."""
    try:
        program = await asyncio.to_thread(load, definition_from_json(version["definition"]), {}, tools)
        chosen_names(predictors_of(program), targets)
    except Invalid as failure:
        return [issue.under("targets") for issue in failure.issues]
    return []
