from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from framework.errors import Failure, Invalid, Unavailable
from framework.lm.calls.execute import LmLayer
from framework.lm.evaluation.evaluation import Example
from framework.lm.models.model import ModelDefinition
from framework.lm.optimize.catalogue import OPTIMIZERS
from framework.lm.optimize.events import Event, Phase, PhaseName, Trial
from framework.lm.optimize.optimize import optimize
from framework.lm.optimize.run import Budget, OptimizationRun
from framework.testing.model_server import Fault, ModelServer
from tests.framework.lm.optimize.runs import CountingCache, run_of
from tests.framework.lm.triage import data, examples, subject


async def refused(run: OptimizationRun) -> Failure:
    cache = CountingCache()
    with pytest.raises(Failure) as caught:
        await optimize(LmLayer(), run, replay=cache)
    assert cache.new == 0
    return caught.value


@pytest.mark.parametrize("name", OPTIMIZERS)
async def test_too_few_examples_are_refused_with_the_numbers(name: str) -> None:
    failure = await refused(run_of(name, data=data(training=0, validation=0, holdout=0)))
    assert isinstance(failure, Invalid)
    assert [issue.code for issue in failure.issues] == ["too_few_examples"] * 3
    needed, validation = OPTIMIZERS[name].needs(OPTIMIZERS[name].read({}))
    assert [issue.params for issue in failure.issues] == [
        {"needed": needed, "found": 0},
        {"needed": validation, "found": 0},
        {"needed": 1, "found": 0},
    ]


async def test_a_minibatch_larger_than_the_validation_set_is_refused() -> None:
    failure = await refused(run_of("miprov2", params={"minibatch_size": 13}))
    assert failure.issues[0].message == "miprov2 needs at least 13 validation examples, and there are 12"


async def test_an_unknown_optimizer_is_refused() -> None:
    failure = await refused(replace(run_of("gepa"), optimizer="gradient"))
    assert (failure.issues[0].code, failure.issues[0].params["known"]) == ("unknown_optimizer", sorted(OPTIMIZERS))


@pytest.mark.parametrize(
    ("name", "params"),
    [("gepa", {"iterations": 0}), ("labeled_few_shot", {"k": "many"}), ("miprov2", {"auto": "light"})],
)
async def test_parameters_are_bounded_and_known(name: str, params: dict[str, Any]) -> None:
    failure = await refused(run_of(name, params=params))
    assert failure.issues[0].path == tuple(params)


async def test_held_out_examples_must_be_new() -> None:
    given = data()
    failure = await refused(run_of("gepa", data=replace(given, holdout=(*given.holdout, given.training[0]))))
    assert (failure.issues[0].code, failure.issues[0].path) == ("split_leak", ("data", "holdout", 12))


async def test_broken_examples_are_refused_with_their_place() -> None:
    given = data()
    broken = (Example({"ticket": 3}, {"team": "billing"}), Example({"ticket": "new"}, {}))
    failure = await refused(run_of("gepa", data=replace(given, training=(*given.training, *broken))))
    assert [(issue.code, issue.path[:3]) for issue in failure.issues] == [
        ("wrong_type", ("data", "training", 24)),
        ("no_expectation", ("data", "training", 25)),
    ]


async def test_dollars_cannot_be_counted_without_a_price() -> None:
    model = ModelDefinition("corp", "openai_compatible", "m", "http://127.0.0.1:9/v1")
    failure = await refused(run_of("gepa", of=subject(model=model), budget=Budget(usd=1.0)))
    assert failure.issues[0].code == "budget_without_price"


@pytest.mark.parametrize("calls", [1, 35])
async def test_fewer_calls_than_scoring_and_a_first_trial_take_are_refused_before_anything_is_paid(calls: int) -> None:
    failure = await refused(run_of("gepa", budget=Budget(calls=calls)))
    assert (failure.issues[0].code, failure.issues[0].path) == ("budget_too_small", ("budget", "calls"))
    assert failure.issues[0].params == {"needed": 36, "allowed": calls}


def test_a_budget_is_read_from_json() -> None:
    assert Budget.from_json({"calls": 3}) == Budget(calls=3)
    with pytest.raises(Invalid):
        Budget.from_json({"calls": 0})


async def test_an_outage_at_the_start_is_no_success() -> None:
    with ModelServer() as server:
        server.fail(Fault.SERVER_ERROR)
        model = ModelDefinition("corp", "openai_compatible", "m", server.url, num_retries=0)
        with pytest.raises(Unavailable) as caught:
            await optimize(LmLayer(), run_of("miprov2", of=subject(model=model)))
    issue = caught.value.issues[0]
    assert (issue.code, issue.params["cause"], issue.params["failed"]) == (
        "optimization_failing",
        "model_server_error",
        12,
    )


@pytest.mark.parametrize("name", OPTIMIZERS)
async def test_an_outage_during_the_search_is_no_success(name: str) -> None:
    with ModelServer() as server:
        model = ModelDefinition("corp", "openai_compatible", "m", server.url, num_retries=0)

        async def break_down(event: Event) -> None:
            if event == Phase(PhaseName.SEARCHING):
                server.fail(Fault.SERVER_ERROR)

        with pytest.raises(Unavailable) as caught:
            await optimize(LmLayer(), run_of(name, of=subject(model=model)), observe=break_down)
    assert caught.value.issues[0].code in ("optimization_failing", "model_server_error")


async def test_a_few_failures_are_noted_and_survived() -> None:
    told: list[Trial] = []
    with ModelServer() as server:
        model = ModelDefinition("corp", "openai_compatible", "m", server.url, num_retries=0)

        async def stumble(event: Event) -> None:
            if event == Phase(PhaseName.SEARCHING):
                server.fail(Fault.SERVER_ERROR, times=2)
            if isinstance(event, Trial):
                told.append(event)

        result = await optimize(LmLayer(), run_of("labeled_few_shot", of=subject(model=model)), observe=stumble)
    assert [trial.failed for trial in told] == [2]
    assert result.notes == ("2 of 12 scored examples failed",)


async def test_a_reflection_that_proposes_nothing_is_noted() -> None:
    with ModelServer() as server:
        server.fail(Fault.GARBLED)
        mute = ModelDefinition("mute", "openai_compatible", "m", server.url, num_retries=0)
        result = await optimize(LmLayer(), run_of("gepa", prompt_model=mute, params={"iterations": 2}))
    assert result.notes == ("no new instructions were proposed: the prompt model may not follow its format",)
    assert not result.improved


def test_the_examples_of_these_tests_are_all_different() -> None:
    assert len({example.key for example in examples(48)}) == 48
