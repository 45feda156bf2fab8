"""A metric: which outputs are compared, how, and how much each of them counts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_jsonable_python

from framework.errors import Invalid
from framework.lm.metrics.metric_kinds import EXACTLY, MetricKind, Tolerance, compare

LONGEST_SHOWN = 300


@dataclass(frozen=True, slots=True)
class MetricField:
    """One output in a metric: its share of the score, and a comparison of its own where the metric's is not right."""

    name: str
    weight: float = 1.0
    kind: MetricKind | None = None


@dataclass(frozen=True, slots=True)
class MetricDefinition:
    """How alike expected and actual outputs are: the weighted mean over fields, 0 to 1."""

    kind: MetricKind
    fields: tuple[MetricField, ...]
    tolerance: Tolerance = EXACTLY

    def score(self, expected: Mapping[str, Any], actual: Mapping[str, Any]) -> float:
        """The weighted mean; a field with no expectation does not count, a missing actual value counts nothing."""
        judged = [(field.weight, points) for field, points in self._judged(expected, actual)]
        total = sum(weight for weight, _ in judged)
        return min(1.0, sum(weight * points for weight, points in judged) / total)

    def by_field(self, expected: Mapping[str, Any], actual: Mapping[str, Any]) -> dict[str, float]:
        """The score of each field that has an expectation."""
        return {field.name: points for field, points in self._judged(expected, actual)}

    def explain(self, expected: Mapping[str, Any], actual: Mapping[str, Any]) -> str:
        """What was right and wrong, in words a model can learn from."""
        lines = [
            f"`{field.name}` is right: {_shown(actual[field.name])}."
            if points == 1.0
            else _wrong(field.name, points, expected, actual)
            for field, points in self._judged(expected, actual)
        ]
        return "\n".join(lines)

    def _judged(self, expected: Mapping[str, Any], actual: Mapping[str, Any]) -> Iterator[tuple[MetricField, float]]:
        fields = [field for field in self.fields if field.name in expected]
        if not fields:
            names = ", ".join(f"`{field.name}`" for field in self.fields)
            message = f"the example expects nothing of {names}, so there is nothing to compare"
            raise Invalid(message, code="no_expectation")
        for field in fields:
            points = 0.0
            if field.name in actual:
                wanted, given = expected[field.name], actual[field.name]
                points = compare(field.kind or self.kind, wanted, given, tolerance=self.tolerance)
            yield field, points


def _wrong(name: str, points: float, expected: Mapping[str, Any], actual: Mapping[str, Any]) -> str:
    if name not in actual:
        return f"`{name}` is missing: expected {_shown(expected[name])}."
    degree = f"only partly right ({points:.2f})" if points else "wrong"
    return f"`{name}` is {degree}: expected {_shown(expected[name])}, got {_shown(actual[name])}."


def _shown(value: Any) -> str:
    text = json.dumps(to_jsonable_python(value), ensure_ascii=False)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
