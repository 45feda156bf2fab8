"""A run that starts again with the memory of its first attempt asks nothing twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from framework.errors import Unavailable
from framework.lm.calls.execute import LmLayer
from framework.lm.optimize.catalogue import OPTIMIZERS
from framework.lm.optimize.events import StopReason
from framework.lm.optimize.optimize import optimize
from tests.framework.lm.optimize.runs import CountingCache, Listening, run_of


@pytest.mark.parametrize("name", OPTIMIZERS)
async def test_a_complete_run_is_replayed_without_a_call(name: str) -> None:
    cache, first, second = CountingCache(), Listening(), Listening()
    result = await optimize(LmLayer(), run_of(name), observe=first, replay=cache)
    asked, cache.new = cache.new, 0
    again = await optimize(LmLayer(), run_of(name), observe=second, replay=cache)
    assert asked > 0
    assert cache.new == 0
    assert again.spend.replayed == again.spend.calls == result.spend.calls
    assert (again.state, again.best_score) == (result.state, result.best_score)
    assert [trial.score for trial in again.trials] == [trial.score for trial in result.trials]
    assert [type(event) for event in second.events] == [type(event) for event in first.events]


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("share", [0.4, 0.8])
async def test_a_killed_run_ends_like_one_that_was_not(name: str, share: float) -> None:
    whole = CountingCache()
    expected = await optimize(LmLayer(), run_of(name), replay=whole)

    cache = CountingCache(stop_after=int(whole.new * share))
    killed = await optimize(LmLayer(), run_of(name), cancellation=cache.cancellation, replay=cache)
    assert killed.stop_reason is StopReason.CANCELLED
    kept = len(cache)
    assert 0 < kept < len(whole)

    cache.new, cache.stop_after = 0, None
    resumed = await optimize(LmLayer(), run_of(name), replay=cache)
    assert len(cache) == len(whole)
    assert cache.new <= whole.new - kept
    assert (resumed.state, resumed.best_score) == (expected.state, expected.best_score)
    assert replace(resumed.spend, replayed=0) == replace(expected.spend, replayed=0)


def test_every_process_goes_the_same_way() -> None:
    """A run is resumed by another process, in which sets of words are in another order."""
    told = [
        subprocess.run(
            [sys.executable, "-m", "tests.framework.lm.optimize.runs"],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert len(json.loads(told[0])) == len(OPTIMIZERS)
    assert told[0] == told[1]


async def test_what_is_remembered_is_json_and_holds_no_key() -> None:
    cache = CountingCache()
    await optimize(LmLayer(), run_of("labeled_few_shot"), replay=cache)
    assert json.loads(json.dumps(cache._answers)) == cache._answers


class Forgetful(CountingCache):
    """A replay cache whose store goes away in the middle of a run."""

    def put(self, key: str, value: dict[str, Any]) -> None:
        """Keep nothing any more after a while."""
        super().put(key, value)
        if self.new > 15:
            raise ConnectionError("the store is gone")


@pytest.mark.parametrize("name", OPTIMIZERS)
async def test_a_run_that_loses_its_memory_ends(name: str) -> None:
    with pytest.raises(Unavailable) as caught:
        await optimize(LmLayer(), run_of(name), replay=Forgetful())
    assert caught.value.issues[0].code == "replay_unavailable"


async def test_another_seed_is_another_run() -> None:
    cache = CountingCache()
    first = await optimize(LmLayer(), run_of("labeled_few_shot", seed=1), replay=cache)
    second = await optimize(LmLayer(), run_of("labeled_few_shot", seed=2), replay=cache)
    assert first.best_state != second.best_state
