"""Modules that somebody wrote, made by the class that a program names."""

from __future__ import annotations

from typing import Any

from framework.errors import Invalid
from framework.lm.dspy_setup import dspy
from framework.lm.modules.custom import Custom
from framework.lm.programs.tools import AllowedTools

LONGEST_MESSAGE = 200


def custom_module(spec: Custom, tools: AllowedTools) -> Any:
    """The module, made anew; raises Invalid where that does not work, or gives none."""
    (make,) = tools.load((spec.reference,))
    try:
        module = make(**spec.params)
    except Exception as error:
        said = str(error).strip().split("\n", 1)[0][:LONGEST_MESSAGE]
        raise Invalid(
            f"`{spec.reference}` could not be called with its `params`: {type(error).__name__}: {said}",
            code="module_not_made",
            path=("module", "params"),
            params={"reference": spec.reference},
        ) from error
    if not isinstance(module, dspy.Module):
        raise Invalid(
            f"`{spec.reference}` gives a {type(module).__name__}, which is no dspy.Module",
            code="no_module",
            path=("module", "reference"),
            params={"reference": spec.reference},
            hint="name a class that extends dspy.Module, or a function that gives one",
        )
    return module
