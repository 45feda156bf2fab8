"""Our metrics in the two forms that DSPy's optimizers take: a number, and a number with feedback for GEPA."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from framework.errors import Failure
from framework.lm.dspy_setup import dspy
from framework.lm.metrics.metrics import MetricDefinition
from framework.lm.payloads.payloads import plain, validate_outputs
from framework.lm.signatures.definition import SignatureDefinition


class Scorer:
    """A metric bound to a signature. Outputs that break the signature score nothing, as they would in production."""

    def __init__(self, signature: SignatureDefinition, metric: MetricDefinition) -> None:
        self.signature = signature
        self.metric = metric

    def score(self, example: Any, prediction: Any, *_: Any) -> float:
        """How good a prediction is."""
        try:
            return self.metric.score(self._expected(example), self._outputs(prediction))
        except Failure:
            return 0.0

    def feedback(self, gold: Any, pred: Any, *_: Any) -> Any:
        """How good a prediction is, and what should have been said instead."""
        expected = self._expected(gold)
        try:
            outputs = self._outputs(pred)
            message = self.metric.explain(expected, outputs)
        except Failure as failure:
            message = str(failure)
        answer = f"{message}\nExpected outputs: {json.dumps(expected, sort_keys=True)}"
        return dspy.Prediction(score=self.score(gold, pred), feedback=answer)

    def _expected(self, example: Any) -> dict[str, Any]:
        return {name: example[name] for name in self.signature.output_names if name in example}

    def _outputs(self, prediction: Any) -> Mapping[str, Any]:
        found = {name: prediction.get(name) for name in self.signature.output_names}
        return plain(validate_outputs(self.signature, found))
