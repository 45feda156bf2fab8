"""DSPy as one calls it in a script: a `Predict` awaited in process, on the engine that our platform asks too."""

from __future__ import annotations

import statistics
import time
from typing import Any

from framework.lm.dspy_setup import dspy
from framework.lm.offline.engine import AsyncOfflineEngine, OfflineEngine

NAME = "bare dspy.Predict.acall, in process"


def offline_lm(latency_ms: float = 0.0) -> Any:
    """DSPy's own language model over the offline engine."""
    engines = {"engine": OfflineEngine(latency_ms), "async_engine": AsyncOfflineEngine(latency_ms)}
    return dspy.LM("offline/in-context", cache=False, **engines)


async def bare_p50(signature: Any, inputs: dict[str, Any], times: int) -> float:
    """The median time of a call in milliseconds, one after another."""
    program = dspy.Predict(signature)
    took: list[float] = []
    with dspy.context(lm=offline_lm()):
        for _ in range(times):
            started = time.perf_counter()
            await program.acall(**inputs)
            took.append((time.perf_counter() - started) * 1000)
    return statistics.median(took)
