"""One small run for each optimizer, and replay caches that count and interrupt."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from framework.lm.calls.cancellation import Cancellation
from framework.lm.calls.execute import LmLayer
from framework.lm.calls.replay import MemoryReplayCache
from framework.lm.evaluation.evaluation import Subject
from framework.lm.optimize.events import Event
from framework.lm.optimize.optimize import optimize
from framework.lm.optimize.run import OptimizationRun
from tests.framework.lm.triage import METRIC, data, subject

SMALL: Mapping[str, Mapping[str, Any]] = {
    "labeled_few_shot": {"k": 8},
    "bootstrap_few_shot": {"max_labeled_demos": 8},
    "bootstrap_few_shot_with_random_search": {"num_candidates": 2, "max_labeled_demos": 8},
    "miprov2": {"num_candidates": 3, "num_trials": 4},
    "gepa": {"iterations": 5},
}
TRIALS = {
    "labeled_few_shot": 1,
    "bootstrap_few_shot": 1,
    "bootstrap_few_shot_with_random_search": 5,
    "miprov2": 5,
    "gepa": 6,
}


def run_of(optimizer: str, *, of: Subject | None = None, **changes: Any) -> OptimizationRun:
    """A run that takes a second or so on the offline model."""
    given = {"params": SMALL[optimizer], "data": data(), **changes}
    return OptimizationRun(subject=of or subject(), metric=METRIC, optimizer=optimizer, **given)


class Listening:
    """An observer that keeps what it is told."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    async def __call__(self, event: Event) -> None:
        self.events.append(event)


class CountingCache(MemoryReplayCache):
    """A replay cache that knows how many answers were new, and can have the run cancelled after so many."""

    def __init__(self, *, stop_after: int | None = None) -> None:
        super().__init__()
        self.new = 0
        self.stop_after = stop_after
        self.cancellation = Cancellation()

    def keys(self) -> tuple[str, ...]:
        """What was asked."""
        return tuple(self._answers)

    def put(self, key: str, value: dict[str, Any]) -> None:
        """Keep an answer, and count it."""
        super().put(key, value)
        self.new += 1
        if self.new == self.stop_after:
            self.cancellation.cancel()


async def _run_all() -> dict[str, Any]:
    """What each small run asked and what came of it."""
    found: dict[str, Any] = {}
    for name in SMALL:
        cache = CountingCache()
        result = await optimize(LmLayer(), run_of(name), replay=cache)
        found[name] = [sorted(cache.keys()), result.best_state, result.best_score]
    return found


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_run_all()), sort_keys=True))
