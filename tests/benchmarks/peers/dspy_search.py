"""A small search as a script does it: scored before, `dspy.LabeledFewShot`, scored twice after, one after the other."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from framework.lm.dspy_setup import dspy
from tests.benchmarks.peers.bare_predict import offline_lm

NAME = "dspy.LabeledFewShot and dspy.Evaluate in one process, nothing kept"


def searched(signature: Any, rows: Sequence[dict[str, str]], *, times: int) -> float:
    """The seconds that so many searches take; of the rows a third each is to learn from, choose by and judge by."""
    examples = [dspy.Example(**row).with_inputs("ticket") for row in rows]
    third = len(examples) // 3
    train, validation, test = (examples[n * third : (n + 1) * third] for n in range(3))
    with dspy.context(lm=offline_lm()):
        started = time.perf_counter()
        for _ in range(times):
            program = dspy.Predict(signature)
            dspy.Evaluate(devset=test, metric=_same_team)(program)
            better = dspy.LabeledFewShot(k=third).compile(program, trainset=train)
            dspy.Evaluate(devset=validation, metric=_same_team)(better)
            dspy.Evaluate(devset=test, metric=_same_team)(better)
        return time.perf_counter() - started


def _same_team(example: Any, prediction: Any, _: Any = None) -> float:
    return float(example.team == prediction.team)
