"""Whether a program can be built at all: looked at before it is kept, and once more when it is built."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from inspect import signature

from framework.errors import Invalid, Issue
from framework.lm.modules.pipeline import Pipeline
from framework.lm.modules.steps import UseTool, steps_with_parts
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
    if isinstance(definition.module, Pipeline):
        called = [step for step in steps_with_parts(definition.module.steps) if isinstance(step, UseTool)]
        if wrong := [issue for step in called for issue in _call_issues(step, tools)]:
            raise Invalid.of(wrong)


def module_issues(definition: ProgramDefinition) -> Iterator[Issue]:
    """What of a module does not fit its tools or its signature."""
    return definition.module.issues(definition.signature, definition.tools)


def _call_issues(step: UseTool, tools: AllowedTools) -> Iterator[Issue]:
    """Arguments that the function does not take, and those that it lacks; one that does not say takes any."""
    (function,) = tools.load((step.tool,))
    try:
        signature(function).bind(**dict.fromkeys(step.inputs))
    except TypeError as error:
        says = f"the step `{step.name}` cannot call `{step.tool}`: {error}"
        yield Issue("tool_arguments", says, ("module",), {"step": step.name}, "see its `inputs`")
    except ValueError:
        return
