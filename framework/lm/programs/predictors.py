"""The predictors of a program, each under the name that DSPy has for it: `self`, `predict`, `generate.predict`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from framework.lm.dspy_setup import dspy


def predictors_of(program: Any) -> dict[str, Any]:
    """All of them in DSPy's order; those of frozen parts too, which DSPy's own walk leaves out."""
    found: dict[str, Any] = {}
    seen: set[int] = set()
    for name, predictor in _walk(program):
        if id(predictor) not in seen:
            seen.add(id(predictor))
            found[name] = predictor
    return found


def _walk(module: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(module, dspy.Predict):
        yield "self", module
    for name, value in vars(module).items():
        if isinstance(value, list | tuple):
            for position, item in enumerate(value):
                yield from _below(f"{name}[{position}]", item)
        elif isinstance(value, Mapping):
            for key, item in value.items():
                yield from _below(f"{name}['{key}']", item)
        else:
            yield from _below(name, value)


def _below(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """What is found of an attribute: a predictor is taken whole, and DSPy looks no deeper than one list."""
    if isinstance(value, dspy.Predict):
        yield name, value
    elif isinstance(value, dspy.Module):
        yield from ((f"{name}.{below}", predictor) for below, predictor in _walk(value))
