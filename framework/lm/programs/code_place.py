"""Where in somebody's own code an error came up."""

from __future__ import annotations

import sys
from types import TracebackType

from framework.package_name import FRAMEWORK

_NOT_THEIRS = frozenset({"dspy", "gepa", "pydantic", FRAMEWORK.partition(".")[0], *sys.stdlib_module_names})


def place_of(error: BaseException) -> str | None:
    """Module, function and line of the innermost code that is neither a library's nor ours; None if there is none."""
    found: TracebackType | None = None
    step = error.__traceback__
    while step is not None:
        if _module(step).partition(".")[0] not in _NOT_THEIRS:
            found = step
        step = step.tb_next
    if found is None:
        return None
    return f"{_module(found)}:{found.tb_frame.f_code.co_qualname}, line {found.tb_lineno}"


def _module(step: TracebackType) -> str:
    return str(step.tb_frame.f_globals.get("__name__", ""))
