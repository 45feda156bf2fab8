"""Calls of models, counted: how many are under way and wait, and with which codes others failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping

from framework.errors import Failure
from framework.figures import Figure
from framework.lm.models.model import ModelDefinition

CALLS, WAITING = "dspex_model_calls", "dspex_model_calls_waiting"
FAILURES = "dspex_model_failures_total"


class CallCounts:
    """Of one process, since it began."""

    def __init__(self) -> None:
        self._failed: Counter[tuple[str, str]] = Counter()

    def failed(self, model: ModelDefinition, failure: Failure) -> None:
        """A call for which there is no answer."""
        self._failed[model.name, failure.issues[0].code] += 1

    def figures(self, standing: Mapping[Hashable, tuple[int, int]]) -> list[Figure]:
        """With those that have a place at their model, and wait for one."""
        taken, waiting = Counter[str](), Counter[str]()
        for model, (calls, others) in standing.items():
            if isinstance(model, ModelDefinition):
                taken[model.name] += calls
                waiting[model.name] += others
        return [
            *(Figure(CALLS, "Calls of a model under way.", n, {"model": name}) for name, n in taken.items()),
            *(Figure(WAITING, "Calls that wait for their turn.", n, {"model": name}) for name, n in waiting.items()),
            *(
                Figure(FAILURES, "Calls of a model that failed, by code.", n, {"model": name, "code": code})
                for (name, code), n in self._failed.items()
            ),
        ]
