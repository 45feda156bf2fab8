"""How sure a mean is: what scipy says of the same scores, for many lists of them."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy.stats import binomtest, bootstrap

from framework.lm.evaluation.statistics import CONFIDENCE, interval

RESAMPLES = 2000


@pytest.mark.parametrize("n", [1, 2, 7, 30, 301])
def test_the_interval_of_rights_and_wrongs_is_wilsons(n: int) -> None:
    for hits in sorted({0, 1, n // 3, n - 1, n}):
        found = interval([1.0] * hits + [0.0] * (n - hits))
        said = binomtest(hits, n).proportion_ci(CONFIDENCE, method="wilson")
        assert found is not None
        assert (found.low, found.high) == pytest.approx((said.low, said.high), abs=1e-12)


@pytest.mark.parametrize("seed", range(12))
def test_the_interval_of_other_scores_is_the_bootstraps(seed: int) -> None:
    chance = np.random.default_rng(seed)
    # Few and many, spread evenly, to one side, and on few values.
    scores = [chance.random(3 + seed), chance.beta(8, 1, 5 * seed + 2), chance.integers(0, 4, 20) / 4][seed % 3]
    found = interval(scores.tolist())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        said = bootstrap(
            (scores,), np.mean, confidence_level=CONFIDENCE, n_resamples=RESAMPLES, rng=np.random.default_rng(0)
        ).confidence_interval
    assert found is not None
    assert (found.low, found.high) == pytest.approx((said.low, said.high), abs=1e-12)
