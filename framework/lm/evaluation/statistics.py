"""How sure a mean is: the only module that needs scipy, which takes a while to import."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from scipy.stats import binomtest, bootstrap

from framework.lm.evaluation.evaluation import Interval

CONFIDENCE = 0.95
_RESAMPLES = 2000


def interval(scores: Sequence[float]) -> Interval | None:
    """The interval of the mean of scores: Wilson's for scores of 0 and 1, the bias-corrected bootstrap for others."""
    if not scores:
        return None
    if all(score in (0.0, 1.0) for score in scores):
        found = binomtest(int(sum(scores)), len(scores)).proportion_ci(CONFIDENCE, method="wilson")
        return Interval(float(found.low), float(found.high), "wilson")
    if len(scores) < 2 or min(scores) == max(scores):
        return None
    with warnings.catch_warnings():
        # Few and nearly equal scores make the correction degenerate, which is then answered below.
        warnings.simplefilter("ignore")
        found = bootstrap(
            (np.asarray(scores, dtype=float),),
            np.mean,
            confidence_level=CONFIDENCE,
            n_resamples=_RESAMPLES,
            method="BCa",
            rng=np.random.default_rng(0),
        ).confidence_interval
    if np.isnan(found.low) or np.isnan(found.high):
        return None
    return Interval(float(found.low), float(found.high), "bca_bootstrap")
