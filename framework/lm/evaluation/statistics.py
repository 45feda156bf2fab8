"""How sure a mean is. Written out here, as importing scipy takes longer than everything else that a worker loads."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist

import numpy as np

from framework.lm.evaluation.evaluation import Interval

CONFIDENCE = 0.95
_RESAMPLES = 2000
_NORMAL = NormalDist()
# So many standard deviations hold so much of a normal distribution.
_Z = _NORMAL.inv_cdf(0.5 + CONFIDENCE / 2)


def interval(scores: Sequence[float]) -> Interval | None:
    """The interval of the mean of scores: Wilson's for scores of 0 and 1, the bias-corrected bootstrap for others."""
    if not scores:
        return None
    if all(score in (0.0, 1.0) for score in scores):
        return _wilson(int(sum(scores)), len(scores))
    if len(scores) < 2 or min(scores) == max(scores):
        return None
    return _bootstrapped(scores)


def _wilson(hits: int, n: int) -> Interval:
    """Newcombe (1998), method 3."""
    centre = hits + _Z**2 / 2
    reach = _Z * sqrt(hits * (n - hits) / n + _Z**2 / 4)
    low = 0.0 if hits == 0 else (centre - reach) / (n + _Z**2)
    high = 1.0 if hits == n else (centre + reach) / (n + _Z**2)
    return Interval(low, high, "wilson")


def _bootstrapped(scores: Sequence[float]) -> Interval | None:
    """BCa: Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), 14.3. Always of the same resamples."""
    given = np.asarray(scores, dtype=float)
    chosen = np.random.default_rng(0).integers(0, len(given), (_RESAMPLES, len(given)))
    means = given[chosen].mean(axis=-1)
    below = int(np.count_nonzero(means < given.mean()) + np.count_nonzero(means <= given.mean())) / (2 * _RESAMPLES)
    if not 0 < below < 1:
        return None
    bias = _NORMAL.inv_cdf(below)
    # The means of all but one: whether those that are left out weigh more to one side.
    without = (given.sum() - given) / (len(given) - 1)
    apart = without.mean() - without
    skew = float((apart**3).sum() / (6 * (apart**2).sum() ** 1.5))

    def level(z: float) -> float:
        return _NORMAL.cdf(bias + (bias + z) / (1 - skew * (bias + z)))

    low, high = np.quantile(means, [level(-_Z), level(_Z)])
    return Interval(float(low), float(high), "bca_bootstrap")
