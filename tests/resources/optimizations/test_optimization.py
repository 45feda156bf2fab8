"""Optimizations: every optimizer to its end, watched by its events, and a better version kept."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from framework.events.entry import Interest
from framework.jobs.job import JobState
from framework.lm.optimize.catalogue import OPTIMIZERS
from framework.testing.model_server import Fault, ModelServer
from framework.testing.until import PATIENCE
from resources.optimizations.optimization import Optimizer
from tests.framework.lm.optimize.runs import TRIALS
from tests.installation.answer import Asked, Client
from tests.installation.installation import Installation
from tests.installation.making import a_subject, unique
from tests.installation.tickets import tickets
from tests.resources.optimizations.small import ENDED, PROGRESS, started, told, trials_of

NAMES = [str(optimizer) for optimizer in Optimizer]


def test_every_optimizer_there_is_can_be_asked_for() -> None:
    assert set(NAMES) == set(OPTIMIZERS)


@pytest.mark.parametrize("name", NAMES)
async def test_an_optimizer_runs_to_its_end_and_leaves_a_better_version(name: str, installation: Installation) -> None:
    client = installation.rest
    run = await started(client, name)
    assert await installation.run("Optimization", run["id"]) is JobState.SUCCEEDED
    ended = (await client.get("Optimization", run["id"])).made

    assert (ended["state"], ended["stop_reason"], ended["error"]) == ("succeeded", "finished", None)
    assert (ended["holdout_n"], ended["trial_count"]) == (12, TRIALS[name])
    assert ended["optimized_score"] > ended["baseline_score"]
    assert ended["gain"] == pytest.approx(ended["optimized_score"] - ended["baseline_score"])
    assert ended["baseline_low"] <= ended["baseline_score"] <= ended["baseline_high"]
    assert ended["optimized_low"] <= ended["optimized_score"] <= ended["optimized_high"]
    assert ended["result_number"] == 2

    versions = await installation.rows("ProgramVersion", program_id=run["program_id"])
    made = versions[1]
    assert (str(made["origin"]), made["parent_number"], str(made["optimization_id"])) == ("optimized", 1, run["id"])
    assert made["definition"] == versions[0]["definition"]
    assert made["state"] != versions[0]["state"]
    assert made["digest"] != versions[0]["digest"]
    assert (await client.get("Program", run["program_id"])).made["live_number"] == 1


@pytest.mark.parametrize("name", NAMES)
async def test_its_progress_is_exact(name: str, installation: Installation) -> None:
    run = await started(installation.rest, name)
    await installation.run("Optimization", run["id"])
    reports = await told(installation, run)
    ended = (await installation.rest.get("Optimization", run["id"])).made
    assert trials_of(reports) == [(k, TRIALS[name]) for k in range(1, TRIALS[name] + 1)]
    assert list(dict.fromkeys(report["phase"] for report in reports)) == ["baseline", "searching", "validating"]
    best = [report["best_score"] for report in reports if report["best_score"] is not None]
    assert best == sorted(best)
    assert best[-1] == ended["best_score"]
    calls = [report["calls"] for report in reports]
    assert calls == sorted(calls)
    assert (calls[-1], reports[-1]["tokens"]) == (ended["calls"], ended["tokens_in"] + ended["tokens_out"])
    kept = await installation.rows("Trial", optimization_id=run["id"])
    assert [(trial["number"], trial["trials"]) for trial in kept] == trials_of(reports)
    assert [dict(e.data) for e in await installation.events(run["id"], ENDED)] == [
        {"state": "succeeded", "error": None}
    ]


async def test_the_better_version_is_promoted_and_answers_better(client: Client, installation: Installation) -> None:
    run = await started(client, "labeled_few_shot")
    await installation.run("Optimization", run["id"])
    ended = (await client.get("Optimization", run["id"])).made
    promoted = (await client.act("Program.promote", run["program_id"], number=ended["result_number"])).made
    assert promoted["live_number"] == 2
    subject = {name: run[name] for name in ("program_id", "dataset_id", "metric_id")}
    check = (await client.act("Evaluation.start", **subject)).made
    await installation.run("Evaluation", check["id"])
    assert (await client.get("Evaluation", check["id"])).made["score"] == pytest.approx(ended["optimized_score"])


async def test_trials_are_a_list_of_their_own(client: Client, installation: Installation) -> None:
    run = await started(client, "gepa")
    await installation.run("Optimization", run["id"])
    asked = Asked({"optimization_id": {"eq": run["id"]}}, sort=["number"])
    items = (await client.list("Trial", asked)).made["items"]
    assert [item["number"] for item in items] == list(range(1, TRIALS["gepa"] + 1))
    best = None
    for item in items:
        better = item["fidelity"] == "full" and (best is None or item["score"] > best)
        best = item["score"] if better else best
        assert (item["candidate"] is not None, item["best_score"]) == (better, best)


async def test_nothing_better_is_no_version(installation: Installation) -> None:
    run = await started(installation.rest, "labeled_few_shot")
    await installation.run("Optimization", run["id"])
    await installation.rest.act("Program.promote", run["program_id"], number=2)
    given = {name: run[name] for name in ("program_id", "dataset_id", "metric_id", "optimizer", "params")}
    again = (await installation.rest.act("Optimization.start", **given)).made
    assert await installation.run("Optimization", again["id"]) is JobState.SUCCEEDED
    ended = (await installation.rest.get("Optimization", again["id"])).made
    assert (ended["state"], ended["result_number"], ended["gain"]) == ("succeeded", None, 0)
    assert len(await installation.rows("ProgramVersion", program_id=run["program_id"])) == 2


@pytest.mark.parametrize(
    ("name", "content", "data", "needed", "found"),
    [
        ("labeled_few_shot", {"validation": 4, "test": 4}, "training", 1, 0),
        ("labeled_few_shot", {"train": 4, "test": 4}, "validation", 1, 0),
        ("labeled_few_shot", {"train": 4, "validation": 4}, "holdout", 1, 0),
        ("bootstrap_few_shot_with_random_search", {"train": 1, "validation": 4, "test": 4}, "training", 2, 1),
    ],
)
async def test_data_that_does_not_suffice_starts_nothing(
    name: str,
    content: dict[str, int],
    data: str,
    *,
    needed: int,
    found: int,
    client: Client,
    installation: Installation,
) -> None:
    subject = await a_subject(client, tickets(**content))
    async with installation.unchanged():
        fault = (await client.act("Optimization.start", **subject.inputs, optimizer=name)).fault
    assert fault.at == ("too_few_examples", f"dataset_id.{data}")
    assert fault.params == {"needed": needed, "found": found}
    assert f"at least {needed} {data} examples, and there are {found}" in fault.message


@pytest.mark.parametrize(
    ("params", "name", "code"),
    [({"k": 0}, "k", "greater_than_equal"), ({"k": "3"}, "k", "int_type"), ({"kay": 3}, "kay", "extra_forbidden")],
)
async def test_settings_that_the_optimizer_does_not_know_start_nothing(
    params: dict[str, Any], name: str, code: str, *, client: Client, installation: Installation
) -> None:
    subject = await a_subject(client)
    async with installation.unchanged():
        answer = await client.act("Optimization.start", **subject.inputs, optimizer="labeled_few_shot", params=params)
    assert answer.at == [(code, f"params.{name}")]


async def test_a_budget_ends_the_search_with_the_best_it_has(client: Client, installation: Installation) -> None:
    run = await started(client, "bootstrap_few_shot_with_random_search", budget={"calls": 54}, concurrency=1)
    assert await installation.run("Optimization", run["id"]) is JobState.SUCCEEDED
    ended = (await client.get("Optimization", run["id"])).made
    assert (ended["state"], ended["stop_reason"], ended["budget"]["calls"]) == ("succeeded", "budget", 54)
    assert ended["calls"] == 54


async def a_model(client: Client, server: ModelServer) -> str:
    """The id of a model that the server answers for."""
    given = {"name": unique("corp"), "provider": "openai_compatible", "model": "m", "api_base": server.url}
    return str((await client.act("LanguageModel.create", **given, num_retries=0, timeout_seconds=600)).made["id"])


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.GARBLED])
async def test_a_run_whose_evaluations_fail_has_failed(
    fault: Fault, client: Client, installation: Installation, model_server: ModelServer
) -> None:
    run = await started(client, "labeled_few_shot", model_id=await a_model(client, model_server))
    model_server.fail(fault)
    assert await installation.run("Optimization", run["id"]) is JobState.FAILED
    ended = (await client.get("Optimization", run["id"])).made
    assert (ended["state"], ended["error"]["code"], ended["result_number"]) == ("failed", "optimization_failing", None)
    assert ended["error"]["params"]["cause"] in ("model_server_error", "model_output_invalid")
    # A server error is no answer, and nothing was billed; an answer that cannot be read was.
    assert (ended["calls"] > 0) == (fault is Fault.GARBLED)
    (last,) = await installation.events(run["id"], ENDED)
    assert (last.data["state"], last.data["error"]["code"]) == ("failed", "optimization_failing")
    assert len(await installation.rows("ProgramVersion", program_id=run["program_id"])) == 1


async def test_a_failed_search_is_retried_when_its_model_answers_again(
    client: Client, installation: Installation, model_server: ModelServer
) -> None:
    run = await started(client, "labeled_few_shot", model_id=await a_model(client, model_server))
    model_server.fail(Fault.SERVER_ERROR)
    assert await installation.run("Optimization", run["id"]) is JobState.FAILED
    model_server.fail(None)
    await client.act("Job.retry", (await installation.job_of("Optimization", run["id"]))["id"])
    assert await installation.run("Optimization", run["id"]) is JobState.SUCCEEDED
    ended = (await client.get("Optimization", run["id"])).made
    assert (ended["state"], ended["result_number"], ended["error"]) == ("succeeded", 2, None)


@pytest.mark.parametrize("name", NAMES)
async def test_a_cancelled_search_ends_though_its_model_never_answers(
    name: str, installation: Installation, model_server: ModelServer
) -> None:
    client = installation.rest
    run = await started(client, name, model_id=await a_model(client, model_server))
    model_server.fail(Fault.HANG)
    running = asyncio.create_task(installation.run("Optimization", run["id"]))
    await asyncio.to_thread(model_server.arrived.wait, PATIENCE)
    loop = asyncio.get_running_loop()
    asked = loop.time()
    assert (await client.act("Optimization.cancel", run["id"])).made["state"] == "cancelling"
    assert await asyncio.wait_for(running, PATIENCE) is JobState.CANCELLED
    # Well under the ten minutes that a call may take, and under the grace after which a verb is cut off.
    assert loop.time() - asked < 5
    ended = (await client.get("Optimization", run["id"])).made
    assert (ended["state"], ended["result_number"], ended["error"]) == ("cancelled", None, None)
    assert [e.data["state"] for e in await installation.events(run["id"], ENDED)] == ["cancelled"]


async def test_the_best_of_a_cancelled_search_stays_on_its_trial(installation: Installation) -> None:
    run = await started(installation.rest, "gepa", params={"iterations": 200})
    running = asyncio.create_task(installation.run("Optimization", run["id"]))
    async for entry in installation.runtime.feed.subscribe(Interest(frozenset({PROGRESS}), run["id"]), "0.0"):
        if entry.data["trial"] >= 2:
            break
    await installation.rest.act("Optimization.cancel", run["id"])
    assert await asyncio.wait_for(running, PATIENCE) is JobState.CANCELLED
    trials = await installation.rows("Trial", optimization_id=run["id"])
    assert 2 <= len(trials) < 201
    assert trials[0]["candidate"] is not None


@pytest.mark.parametrize("name", NAMES)
async def test_a_budget_that_no_search_could_keep_starts_nothing(
    name: str, client: Client, installation: Installation
) -> None:
    subject = await a_subject(client)
    given = {**subject.inputs, "optimizer": name}
    async with installation.unchanged():
        fault = (await client.act("Optimization.start", **given, budget={"calls": 35})).fault
    assert fault.at == ("budget_too_small", "budget.calls")
    assert fault.params == {"needed": 36, "allowed": 35}
    assert fault.message == (
        "scoring 12 held-out examples before and after the search, and 12 validation examples in it, takes 36 calls at "
        "least, and the budget allows 35"
    )
    assert (await client.act("Optimization.start", **given, budget={"calls": 36})).made["state"] == "queued"


async def test_a_budget_in_dollars_needs_a_price(client: Client, installation: Installation) -> None:
    given = {"name": unique("corp"), "provider": "openai_compatible", "model": "m", "api_base": "http://127.0.0.1:9/v1"}
    model = (await client.act("LanguageModel.create", **given)).made
    subject = await a_subject(client, model_id=model["id"])
    async with installation.unchanged():
        fault = (await client.act("Optimization.start", **subject.inputs, budget={"usd": 0.5})).fault
    assert fault.at == ("budget_without_price", "budget.usd")
