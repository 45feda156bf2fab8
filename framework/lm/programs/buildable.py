"""Whether a program can be built at all: looked at before it is kept, and once more when it is built."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from framework.errors import Invalid, Issue
from framework.lm.programs.program import ProgramDefinition
from framework.lm.programs.tools import AllowedTools


def check_buildable(definition: ProgramDefinition, tools: AllowedTools) -> None:
    """Raises Invalid for a module that does not fit its tools or its signature, and for Python that is not allowed."""
    issues = list(module_issues(definition))
    if issues:
        raise Invalid.of(issues)
    tools.load(definition.tools)
    try:
        tools.load(tuple(definition.module.references))
    except Invalid as failure:
        # Which step or setting it is, the reference itself tells.
        raise Invalid.of(replace(issue, path=("module",)) for issue in failure.issues) from None


def module_issues(definition: ProgramDefinition) -> Iterator[Issue]:
    """What of a module does not fit its tools or its signature."""
    return definition.module.issues(definition.signature, definition.tools)
