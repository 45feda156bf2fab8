"""Examples and answers that are not as an optimizer would like them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from framework.lm.calls.execute import LmLayer
from framework.lm.metrics.metric_kinds import MetricKind
from framework.lm.metrics.metrics import MetricDefinition, MetricField
from framework.lm.models.model import ModelDefinition
from framework.lm.optimize.events import Fidelity
from framework.lm.optimize.optimize import optimize
from framework.testing.model_server import ModelServer
from tests.framework.lm.optimize.runs import run_of
from tests.framework.lm.triage import data, subject


@pytest.mark.parametrize("name", ["ticket", "self"])
async def test_a_label_of_something_that_the_program_does_not_give_is_left_out(name: str) -> None:
    given = data(training=8, validation=4, holdout=4)
    odd = tuple(replace(example, outputs={**example.outputs, name: "x"}) for example in given.training)
    result = await optimize(LmLayer(), run_of("labeled_few_shot", data=replace(given, training=odd)))
    assert result.best_state is not None
    demos = result.best_state["self"]["demos"]
    assert {frozenset(demo) for demo in demos} == {frozenset({"ticket", "team"})}


async def test_without_a_threshold_all_that_scored_anything_is_shown() -> None:
    """As in DSPy: a graded metric hardly ever gives 1."""
    graded = MetricDefinition(MetricKind.EXACT, (MetricField("team"), MetricField("confidence")))
    given = data()
    labelled = tuple(replace(e, outputs={**e.outputs, "confidence": 0.123}) for e in given.training)
    run = replace(run_of("bootstrap_few_shot", data=replace(given, training=labelled)), metric=graded)
    for threshold, found in ((None, True), (1.0, False)):
        params = {"max_labeled_demos": 0, "metric_threshold": threshold}
        result = await optimize(LmLayer(), replace(run, params=params))
        assert bool(result.best_state and result.best_state["self"]["demos"]) == found


async def test_gepa_counts_the_examples_that_failed() -> None:
    with ModelServer() as server:
        model = ModelDefinition("corp", "openai_compatible", "m", server.url, num_retries=0)
        run = run_of("gepa", of=subject(model=model), params={"iterations": 1}, concurrency=1)
        run = replace(run, data=data(training=6, validation=4, holdout=2))
        server.say(*["[[ ## team ## ]]\nbilling\n\n[[ ## confidence ## ]]\n0.5"] * 2)
        server.say(*["I would rather not."] * 2)
        result = await optimize(LmLayer(), run)
    (first, *_) = result.trials
    assert (first.fidelity, first.size, first.failed) == (Fidelity.FULL, 4, 1)
