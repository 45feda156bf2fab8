"""`dspy.Evaluate` with its default threads, as its documentation shows it.

Our process has switched its progress bar off, as it does for every run of DSPy; that only makes it quicker.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from framework.lm.dspy_setup import dspy
from tests.benchmarks.peers.bare_predict import offline_lm

NAME = "dspy.Evaluate, default threads"


def evaluated(signature: Any, rows: Sequence[dict[str, str]], latency_ms: float) -> tuple[float, float]:
    """The seconds an evaluation takes, and its score from 0 to 1."""
    devset = [dspy.Example(**row).with_inputs("ticket") for row in rows]
    evaluate = dspy.Evaluate(devset=devset, metric=_same_team)
    program = dspy.Predict(signature)
    with dspy.context(lm=offline_lm(latency_ms)):
        started = time.perf_counter()
        result = evaluate(program)
        return time.perf_counter() - started, float(result.score) / 100


def _same_team(example: Any, prediction: Any, _: Any = None) -> float:
    return float(example.team == prediction.team)
