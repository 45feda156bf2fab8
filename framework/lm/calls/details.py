"""What a module gives beside the declared outputs: its reasoning, the steps of an agent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic_core import to_jsonable_python

from framework.lm.programs.observations import ended, observed
from framework.lm.values.kept_json import cleaned

TRAJECTORY = "trajectory"
_PART_OF_A_STEP = re.compile(r"(?P<part>\w+)_(?P<step>\d+)")


def details_of(prediction: Mapping[str, Any], declared: Iterable[str]) -> dict[str, Any]:
    """As JSON that can be kept. The steps of an agent are a list: JSONB keeps no order of names."""
    outputs = set(declared)
    beside = {name: value for name, value in prediction.items() if name not in outputs}
    if isinstance(trajectory := beside.get(TRAJECTORY), Mapping):
        beside[TRAJECTORY] = _steps(trajectory)
    plain: dict[str, Any] = cleaned({name: _bounded(value) for name, value in beside.items()})
    return plain


def _bounded(value: Any) -> Any:
    """As JSON; of a list of steps each part is kept as far as there is room for it, so that many stay a list."""
    if isinstance(value, list) and all(isinstance(each, Mapping) for each in value):
        return [{str(name): _plain(part) for name, part in each.items()} for each in value]
    return _plain(value)


def _plain(value: Any) -> Any:
    """As JSON, no longer than what a model would be shown of it; what goes round in a circle as the name of its type.

    Pydantic cannot write everything, half a surrogate pair in a name for instance: then it is cleaned before.
    """
    found = ended(value)
    try:
        return observed(to_jsonable_python(found, fallback=str))
    except (ValueError, RecursionError) as error:
        if isinstance(error, RecursionError) or "Circular" in str(error):
            return type(value).__name__
    try:
        return observed(to_jsonable_python(cleaned(found), fallback=str))
    except ValueError:
        return observed(str(value))


def _steps(trajectory: Mapping[str, Any]) -> list[dict[str, Any]]:
    """DSPy numbers the names (`thought_0`, `tool_name_0`, …); here each step is an object."""
    steps: dict[int, dict[str, Any]] = {}
    for name, value in trajectory.items():
        if (numbered := _PART_OF_A_STEP.fullmatch(name)) is not None:
            steps.setdefault(int(numbered["step"]), {})[numbered["part"]] = value
    return [steps[at] for at in sorted(steps)]
