"""Modules that somebody wrote, made by the class that a program names."""

from __future__ import annotations

import asyncio
import os
from copy import deepcopy
from functools import partial
from types import new_class
from typing import Any

from framework.errors import Invalid
from framework.lm.dspy_setup import dspy
from framework.lm.modules.custom import Custom
from framework.lm.programs.code_place import place_of
from framework.lm.programs.predictors import predictors_of
from framework.lm.programs.tool_threads import contained, end_if_copy
from framework.lm.programs.tools import AllowedTools

LONGEST_MESSAGE = 200
_OWN = "dspex_somebodys"


def custom_module(spec: Custom, tools: AllowedTools) -> Any:
    """The module, made anew; raises Invalid where that does not work, or gives none."""
    (make,) = tools.load((spec.reference,))
    process = os.getpid()
    try:
        module = contained(partial(make, **deepcopy(spec.params)))
    except Exception as error:
        # What it says is told where Python says it, of what it is called with; in their own code it may hold a secret.
        place = place_of(error)
        said = f": {str(error)[:LONGEST_MESSAGE]}" if place is None else f" in {place}"
        raise _wrong(spec, f"could not be called with its `params`: {type(error).__name__}{said}", "params") from error
    finally:
        end_if_copy(process)
    if not isinstance(module, dspy.Module):
        hint = "name a class that extends dspy.Module, or a function that gives one"
        raise _wrong(spec, f"gives a {type(module).__name__}, which is no dspy.Module", "reference", hint=hint)
    for name, predictor in predictors_of(module).items():
        if predictor.lm is not None:
            hint = "leave its model out: the program's model answers"
            raise _wrong(spec, f"gives `{name}` a model of its own", "reference", hint=hint)
    module.__class__ = _called_in_a_thread(type(module))
    return module


def is_somebodys(module: Any) -> bool:
    """Whether it is such a module: what it does is done in a thread, as it may wait, hang or fork."""
    return getattr(module, _OWN, False) is True


def _called_in_a_thread(kind: type[Any]) -> type[Any]:
    """The class, by its name and with its source; one that can only be awaited is awaited by a loop of its own."""

    def forward(self: Any, **inputs: Any) -> Any:
        return asyncio.run(self.aforward(**inputs))

    same = {"__module__": kind.__module__, "__qualname__": kind.__qualname__, "__doc__": kind.__doc__, _OWN: True}
    body = same if hasattr(kind, "forward") else {**same, "forward": forward}
    called: type[Any] = new_class(kind.__name__, (kind,), {}, lambda namespace: namespace.update(body))
    return called


def _wrong(spec: Custom, says: str, part: str, *, hint: str | None = None) -> Invalid:
    code = "module_not_made" if part == "params" else "no_module"
    params = {"reference": spec.reference}
    return Invalid(f"`{spec.reference}` {says}", code=code, path=("module", part), params=params, hint=hint)
