from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from types import SimpleNamespace

import pytest

from framework.lm.calls.execute import LmLayer
from framework.lm.evaluation.evaluate import evaluate
from framework.lm.models.model import ModelDefinition, ModelParams
from framework.lm.models.spend import Spend, UsageCounter
from framework.lm.modules.catalogue import module_from_json
from framework.lm.modules.trying import BestOfN
from framework.lm.optimize import budget_guard
from framework.lm.optimize.catalogue import OPTIMIZERS
from framework.lm.optimize.events import Event, Fidelity, Phase, PhaseName, Spent, StopReason, Trial
from framework.lm.optimize.optimize import optimize
from framework.lm.optimize.run import Budget, OptimizationResult
from framework.lm.programs.state import ProgramCache
from framework.lm.programs.tools import AllowedTools
from framework.testing.model_server import Fault, ModelServer
from tests.framework.lm.optimize.runs import SMALL, TRIALS, CountingCache, Listening, run_of
from tests.framework.lm.triage import METRIC, subject


@pytest.fixture
async def layer() -> AsyncIterator[LmLayer]:
    made = LmLayer()
    yield made
    await made.aclose()


@pytest.mark.parametrize("name", OPTIMIZERS)
async def test_an_optimizer_improves_the_program_and_tells_how(name: str) -> None:
    listening = Listening()
    run = run_of(name)
    result = await optimize(LmLayer(), run, observe=listening)

    trials = [event for event in listening.events if isinstance(event, Trial)]
    assert [(trial.number, trial.of) for trial in trials] == [(k + 1, TRIALS[name]) for k in range(TRIALS[name])]
    assert tuple(trials) == result.trials
    phases = [event.name for event in listening.events if isinstance(event, Phase)]
    assert phases == [PhaseName.BASELINE, PhaseName.SEARCHING, PhaseName.VALIDATING]

    assert result.improved
    assert result.stop_reason is StopReason.FINISHED
    assert result.baseline is not None
    assert result.optimized is not None
    assert result.optimized.mean > result.baseline.mean
    assert result.optimized.n == len(run.data.holdout)
    assert result.state == result.best_state != run.subject.state


@pytest.mark.parametrize("name", OPTIMIZERS)
async def test_the_best_state_is_handed_out_whenever_it_gets_better(name: str) -> None:
    result = await optimize(LmLayer(), run_of(name))
    best = None
    for trial in result.trials:
        better = trial.fidelity is Fidelity.FULL and trial.score is not None and (best is None or trial.score > best)
        best = trial.score if better else best
        assert (trial.state is not None) == better
        assert trial.best == best
    assert result.best_score == best
    assert [trial.state for trial in result.trials if trial.state is not None][-1] == result.best_state


async def test_the_score_that_is_told_is_the_score_of_that_state() -> None:
    layer, run = LmLayer(), run_of("bootstrap_few_shot_with_random_search")
    result = await optimize(layer, run)
    assert result.best_state is not None
    found = subject()
    again = await evaluate(
        layer,
        type(found)(found.definition, found.model, result.best_state),
        examples=run.data.validation,
        metric=METRIC,
    )
    assert again.mean == pytest.approx(result.best_score)


async def test_spend_is_told_after_every_trial_and_adds_up() -> None:
    listening = Listening()
    priced = ModelDefinition("priced", input_price=1.0, output_price=1.0)
    result = await optimize(LmLayer(), run_of("labeled_few_shot", of=subject(model=priced)), observe=listening)
    told = [event.total for event in listening.events if isinstance(event, Spent)]
    assert [total.calls for total in told] == [12, 24, 36]
    assert told[-1] == result.spend
    assert result.spend.tokens
    assert result.spend.cost_usd == pytest.approx(result.spend.tokens / 1_000_000)


async def test_minibatch_trials_are_told_from_full_ones() -> None:
    params = {"num_candidates": 3, "num_trials": 5, "minibatch_size": 4, "full_eval_steps": 2}
    result = await optimize(LmLayer(), run_of("miprov2", params=params))
    assert [trial.of for trial in result.trials] == [9] * 9
    assert {trial.size for trial in result.trials if trial.fidelity is Fidelity.MINIBATCH} == {4}
    assert {trial.size for trial in result.trials if trial.fidelity is Fidelity.FULL} == {12}


@pytest.mark.parametrize("kind", ["chain_of_thought", "best_of_n"])
@pytest.mark.parametrize("name", ["bootstrap_few_shot", "gepa"])
async def test_other_modules_can_be_optimized_as_well(kind: str, name: str) -> None:
    run = run_of(name, of=subject(module=module_from_json(kind)))
    result = await optimize(LmLayer(), run)
    assert result.improved
    assert ProgramCache(AllowedTools()).get(run.subject.definition, result.state)


async def test_a_tie_keeps_the_baseline() -> None:
    learned = await optimize(LmLayer(), run_of("labeled_few_shot"))
    start = subject()
    known = type(start)(start.definition, start.model, learned.state)
    result = await optimize(LmLayer(), run_of("labeled_few_shot", of=known))
    assert not result.improved
    assert result.state == learned.state


async def test_the_search_stays_within_its_calls_and_keeps_the_best() -> None:
    result = await optimize(
        LmLayer(), run_of("bootstrap_few_shot_with_random_search", budget=Budget(calls=54), concurrency=1)
    )
    assert result.stop_reason is StopReason.BUDGET
    assert len(result.trials) == 2
    assert result.best_state is not None
    assert result.spend.calls == 54


async def test_a_budget_that_scoring_takes_up_leaves_no_search_and_says_so() -> None:
    module = BestOfN(n=3, threshold=1.0, reward_field="confidence")
    result = await optimize(
        LmLayer(), run_of("labeled_few_shot", of=subject(module=module), budget=Budget(calls=72), concurrency=1)
    )
    assert (result.stop_reason, result.trials, result.spend.calls) == (StopReason.BUDGET, (), 36)
    assert result.notes[0].startswith("the budget is too small for a search: scoring took 36 calls")


@pytest.mark.parametrize("name", SMALL)
async def test_the_fewest_calls_that_are_allowed_begin_a_search(name: str) -> None:
    result = await optimize(LmLayer(), run_of(name, budget=Budget(calls=36), concurrency=1))
    assert result.baseline is not None
    assert not any("too small" in note for note in result.notes)
    assert 12 < result.spend.calls <= 36


PRICED = ModelDefinition("priced", input_price=1.0, output_price=1.0)
SLOW = ModelDefinition("slow", params=ModelParams(latency_ms=200))


@pytest.mark.parametrize(
    ("model", "budget"), [(PRICED, Budget(tokens=100)), (PRICED, Budget(usd=1e-7)), (SLOW, Budget(seconds=0.1))]
)
async def test_a_budget_that_is_spent_before_the_program_is_scored_ends_the_run(
    model: ModelDefinition, budget: Budget
) -> None:
    result = await optimize(
        LmLayer(), run_of("labeled_few_shot", of=subject(model=model), budget=budget, concurrency=1)
    )
    assert (result.stop_reason, result.baseline, result.trials) == (StopReason.BUDGET, None, ())
    assert result.spend.calls < 12
    assert result.notes[0].startswith("the budget was spent before the program was scored")
    assert result.state == run_of("labeled_few_shot").subject.state


async def test_a_program_that_asks_several_times_is_scored_within_its_calls() -> None:
    module = BestOfN(n=4, threshold=1.0, reward_field="confidence")
    run = run_of("labeled_few_shot", of=subject(module=module), budget=Budget(calls=36), concurrency=1)
    result = await optimize(LmLayer(), run)
    assert (result.stop_reason, result.baseline, result.spend.calls) == (StopReason.BUDGET, None, 36)


@pytest.mark.parametrize("budget", [Budget(tokens=6_000), Budget(usd=1.0)])
async def test_a_call_that_does_not_say_what_it_used_leaves_the_budget_in_force(budget: Budget, layer: LmLayer) -> None:
    """It counts nothing; the others are counted all the same, and how many it were is said."""
    with ModelServer() as server:
        server.fail(Fault.UNMETERED, times=1)
        model = ModelDefinition("corp", "openai_compatible", "m", server.url, input_price=100.0, output_price=500.0)
        result = await optimize(
            layer, run_of("bootstrap_few_shot_with_random_search", of=subject(model=model), budget=budget)
        )
    assert result.stop_reason is StopReason.BUDGET
    assert result.spend.calls < 70
    assert "calls, 1 did not say what they used" in result.notes[-1]


async def test_a_budget_that_nothing_can_be_counted_against_allows_no_search(layer: LmLayer) -> None:
    with ModelServer() as server:
        server.fail(Fault.UNMETERED)
        model = ModelDefinition("corp", "openai_compatible", "m", server.url)
        result = await optimize(layer, run_of("gepa", of=subject(model=model), budget=Budget(tokens=10**6)))
    assert (result.stop_reason, result.trials, result.spend.calls) == (StopReason.BUDGET, (), 12)
    assert result.notes == ("no search: a budget in tokens cannot be kept, as no call has said what it used",)


async def test_no_demonstration_is_made_of_half_an_answer(layer: LmLayer) -> None:
    """What came looks whole, to the run that is resumed as well."""
    cache = CountingCache()
    with ModelServer() as server:
        model = ModelDefinition("corp", "openai_compatible", "m", server.url)
        half = "[[ ## team ## ]]\nbilling\n\n[[ ## confidence ## ]]\n0.123"

        async def cut_off(event: Event) -> None:
            if event == Phase(PhaseName.SEARCHING):
                server.say(*[half] * 6, finish_reason="length")

        run = run_of("bootstrap_few_shot", of=subject(model=model), concurrency=1)
        result = await optimize(layer, run, observe=cut_off, replay=cache)
        resumed = await optimize(layer, run, replay=cache)
    assert result.best_state is not None
    shown = [demo for part in result.best_state.values() for demo in part["demos"]]
    assert [demo for demo in shown if demo.get("augmented") and demo["confidence"] == 0.123] == []
    assert sum(trial.failed for trial in result.trials) == 0
    assert (resumed.best_state, resumed.best_score) == (result.best_state, result.best_score)


async def test_a_question_that_is_asked_again_in_a_run_costs_nothing() -> None:
    """What is billed is what the endpoint was asked: the number of different questions."""
    cache = CountingCache()
    result = await optimize(LmLayer(), run_of("miprov2"), replay=cache)
    assert result.spend.calls == len(cache) == cache.new
    assert result.spend.replayed == 0


async def test_what_a_run_cost_is_known_when_it_fails() -> None:
    async def failing(event: Event) -> None:
        if isinstance(event, Spent):
            raise LookupError("the table is gone")

    counter = UsageCounter()
    with pytest.raises(LookupError):
        await optimize(LmLayer(), run_of("labeled_few_shot"), observe=failing, counter=counter)
    assert counter.total.calls > 0


@pytest.mark.parametrize("budget", [Budget(tokens=26_000), Budget(usd=0.026), Budget(seconds=3600.0)])
async def test_tokens_dollars_and_seconds_are_kept_as_well(budget: Budget, monkeypatch: pytest.MonkeyPatch) -> None:
    passed = [0.0]
    monkeypatch.setattr(budget_guard, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + passed[0]))

    async def an_hour_passes(event: Event) -> None:
        if isinstance(event, Trial):
            passed[0] = 3600.0

    priced = ModelDefinition("priced", input_price=1.0, output_price=1.0)
    result = await optimize(
        LmLayer(),
        run_of("gepa", of=subject(model=priced), budget=budget, params={"iterations": 200}),
        observe=an_hour_passes,
    )
    assert result.stop_reason is StopReason.BUDGET
    assert result.baseline is not None
    assert 0 < len(result.trials) < 201


async def test_an_observer_that_fails_ends_the_run() -> None:
    async def failing(_: Event) -> None:
        raise LookupError("the table is gone")

    with pytest.raises(LookupError):
        await optimize(LmLayer(), run_of("miprov2"), observe=failing)


async def test_two_runs_at_once_do_not_touch_each_other() -> None:
    async def alone(name: str) -> OptimizationResult:
        return await optimize(LmLayer(), run_of(name))

    names = ("miprov2", "gepa")
    apart = [await alone(name) for name in names]
    together = await asyncio.gather(*(alone(name) for name in names))
    assert [result.state for result in together] == [result.state for result in apart]
    assert [result.spend for result in together] == [result.spend for result in apart]
    assert all(isinstance(result.spend, Spend) for result in together)


def test_every_small_run_is_of_an_optimizer_there_is() -> None:
    assert set(SMALL) == set(OPTIMIZERS)
