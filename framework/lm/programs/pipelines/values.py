"""What the steps of a pipeline read while it runs."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel

from framework.errors import Invalid
from framework.lm.modules.steps import Condition, Fixed, Source, Sources, Step
from framework.lm.payloads.payloads import plain
from framework.lm.programs.signature import plain_value

_ABSENT: Any = object()


@dataclass(frozen=True, slots=True)
class Values:
    """The inputs by name, and what each step gave."""

    values: Mapping[str, Any]
    steps: Mapping[str, Any]

    def having(self, more: Mapping[str, Any]) -> Values:
        """With more values by name."""
        return replace(self, values={**self.values, **more})

    def after(self, step: Step, gave: Any) -> Values:
        """With what a step gave."""
        return replace(self, steps={**self.steps, step.name: gave})

    def of(self, source: Source) -> Any:
        """The value; raises Invalid where it is not there: what a tool gives, nobody knows before."""
        if isinstance(source, Fixed):
            # Of its own for each: what is given may be changed by whoever gets it.
            return deepcopy(source.value)
        first, *rest = source.split(".")
        found = self.values[first] if first in self.values else self.steps[first]
        for name in rest:
            found = _part(found, name)
            if found is _ABSENT:
                raise Invalid(f"`{source}` is not there: nothing in it is called `{name}`", code="no_such_value")
        return found

    def named(self, sources: Sources) -> dict[str, Any]:
        """The values of sources by name."""
        return {name: self.of(source) for name, source in sources.items()}

    def hold(self, condition: Condition) -> bool:
        """Whether the condition is met. What is no number lies between no two."""
        value = plain({"value": plain_value(self.of(condition.source))})["value"]
        if condition.one_of is not None:
            return any(value == each and isinstance(value, bool) == isinstance(each, bool) for each in condition.one_of)
        low, high = condition.at_least, condition.at_most
        if low is None and high is None:
            return bool(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return (low is None or value >= low) and (high is None or value <= high)


def _part(value: Any, name: str) -> Any:
    """A named part of an object; of anything else that Python has, nothing is a part."""
    if isinstance(value, Mapping):
        return value.get(name, _ABSENT)
    return getattr(value, name) if isinstance(value, BaseModel) and name in type(value).model_fields else _ABSENT
