"""Evaluations: an execution for each example, and what they add up to."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from framework.actions.layers import Layers
from framework.errors import Failure
from framework.jobs.job import JobState
from framework.jobs.runner import run_job
from framework.lm.calls.call import Answer
from framework.lm.calls.call import Call as LmCall
from framework.lm.layer import LM
from framework.testing.model_server import TOKENS_IN, TOKENS_OUT, Fault, ModelServer
from framework.testing.until import PATIENCE, until
from tests.installation.answer import Asked, Client
from tests.installation.installation import TIMING, Installation
from tests.installation.making import a_subject, unique
from tests.installation.tickets import lines, tickets

NOWHERE = "01900000-0000-7000-8000-00000000dead"
TOLD_BY_THE_JOB = ("evaluation.run.queued", "evaluation.run.progress", "evaluation.run.ended")
ENDED = TOLD_BY_THE_JOB[1:]


async def started(client: Client, content: str | None = None, **more: Any) -> Any:
    """An evaluation that waits to be run."""
    model = {"model_id": more.pop("model_id")} if "model_id" in more else {}
    subject = await a_subject(client, content, **model)
    return (await client.act("Evaluation.start", **subject.inputs, **more)).made


async def a_model(client: Client, server: ModelServer) -> str:
    """The id of a model that the server answers for."""
    given = {"name": unique("corp"), "provider": "openai_compatible", "model": "m", "api_base": server.url}
    return str((await client.act("LanguageModel.create", **given, num_retries=0)).made["id"])


async def test_an_evaluation_scores_every_example_of_its_split(client: Client, installation: Installation) -> None:
    run = await started(client)
    assert (run["state"], run["split"], run["dataset_version"]) == ("queued", "test", 1)
    assert await installation.run("Evaluation", run["id"]) is JobState.SUCCEEDED
    ended = (await client.get("Evaluation", run["id"])).made
    assert (ended["state"], ended["n"], ended["failed"], ended["error"]) == ("succeeded", 12, 0, None)
    assert ended["score_low"] <= ended["score"] <= ended["score_high"]
    assert ended["interval_method"]

    rows = (await client.list("Execution", Asked({"evaluation_id": {"eq": run["id"]}}, limit=100))).made["items"]
    assert sum(row["score"] for row in rows) / 12 == pytest.approx(ended["score"])
    assert sum(row["tokens_in"] for row in rows) == ended["tokens_in"]
    assert {row["status"] for row in rows} == {"succeeded"}
    examples = await installation.rows("Example", dataset_id=run["dataset_id"], split="test")
    assert {row["example_key"]: row["inputs"] for row in rows} == {e["key"]: e["inputs"] for e in examples}
    assert {row["version_id"] for row in rows} == {run["version_id"]}


async def test_its_events_tell_how_far_it_is_and_end_once(client: Client, installation: Installation) -> None:
    run = await started(client)
    await installation.run("Evaluation", run["id"])
    told = await installation.events(run["id"], *ENDED)
    assert told[-1].type == "evaluation.run.ended"
    assert dict(told[-1].data) == {"state": "succeeded", "error": None}
    progress = [dict(entry.data) for entry in told[:-1]]
    assert (progress[-1]["done"], progress[-1]["total"], progress[-1]["failed"]) == (12, 12, 0)
    assert [each["done"] for each in progress] == sorted({each["done"] for each in progress})
    changes = [e.type for e in await installation.events(run["id"]) if e.type not in TOLD_BY_THE_JOB]
    assert changes == ["evaluation.start", "evaluation.begin", "evaluation.finish"]
    ended = (await client.get("Evaluation", run["id"])).made
    assert progress[-1]["mean"] == pytest.approx(ended["score"])


async def test_one_bad_example_is_one_failed_row(
    client: Client, installation: Installation, model_server: ModelServer
) -> None:
    run = await started(client, model_id=await a_model(client, model_server))
    model_server.fail(Fault.SERVER_ERROR, times=1)
    assert await installation.run("Evaluation", run["id"]) is JobState.SUCCEEDED
    ended = (await client.get("Evaluation", run["id"])).made
    assert (ended["state"], ended["n"], ended["failed"]) == ("succeeded", 12, 1)
    rows = await installation.rows("Execution", evaluation_id=run["id"])
    (broken,) = (row for row in rows if str(row["status"]) == "failed")
    assert (broken["error"]["code"], broken["score"], broken["outputs"]) == ("model_server_error", None, None)
    scored = [row["score"] for row in rows if row is not broken]
    assert sum(scored) / 12 == pytest.approx(ended["score"])


async def test_a_run_of_which_every_example_breaks_has_failed(
    client: Client, installation: Installation, model_server: ModelServer
) -> None:
    run = await started(client, model_id=await a_model(client, model_server))
    model_server.fail(Fault.NO_AUTH)
    assert await installation.run("Evaluation", run["id"]) is JobState.FAILED
    ended = (await client.get("Evaluation", run["id"])).made
    assert (ended["state"], ended["score"], ended["n"]) == ("failed", None, None)
    assert ended["error"]["code"] == "every_example_failed"
    assert ended["error"]["params"] == {"cause": "model_auth", "n": 12}
    rows = await installation.rows("Execution", evaluation_id=run["id"])
    assert [row["error"]["code"] for row in rows] == ["model_auth"] * 12
    (last,) = await installation.events(run["id"], "evaluation.run.ended")
    assert (last.data["state"], last.data["error"]["code"]) == ("failed", "every_example_failed")


async def test_answers_that_cannot_be_read_are_paid_for_in_a_run_that_failed(
    client: Client, installation: Installation, model_server: ModelServer
) -> None:
    run = await started(client, model_id=await a_model(client, model_server))
    model_server.fail(Fault.GARBLED)
    assert await installation.run("Evaluation", run["id"]) is JobState.FAILED
    ended = (await client.get("Evaluation", run["id"])).made
    assert (ended["state"], ended["tokens_in"], ended["tokens_out"]) == ("failed", 24 * TOKENS_IN, 24 * TOKENS_OUT)


async def test_what_was_scored_before_it_was_cancelled_is_on_record(
    client: Client, installation: Installation, model_server: ModelServer
) -> None:
    run = await started(client, model_id=await a_model(client, model_server), concurrency=1)
    model_server.hold(after=2)
    running = asyncio.create_task(installation.run("Evaluation", run["id"]))
    await until(lambda: model_server.calls == 3)
    assert (await client.act("Evaluation.cancel", run["id"])).made["state"] == "cancelling"
    assert await asyncio.wait_for(running, PATIENCE) is JobState.CANCELLED
    ended = (await client.get("Evaluation", run["id"])).made
    rows = await installation.rows("Execution", evaluation_id=run["id"])
    assert 2 <= len(rows) < 12
    assert (ended["state"], ended["n"]) == ("cancelled", None)
    assert ended["tokens_in"] >= len(rows) * TOKENS_IN
    examples = await installation.rows("Example", dataset_id=run["dataset_id"], split="test")
    inputs = {example["key"]: example["inputs"] for example in examples}
    assert all(row["inputs"] == inputs[row["example_key"]] for row in rows)


@dataclass(frozen=True, slots=True)
class Careless:
    """A layer that lets through what no database stores, once."""

    asked: list[LmCall] = field(default_factory=list)

    async def execute(self, calls: Sequence[LmCall]) -> list[Answer | Failure]:
        """The same answer always, after a broken one."""
        self.asked.extend(calls)
        said = "billing\x00" if len(self.asked) == len(calls) else "billing"
        return [Answer({"team": said, "confidence": 0.5}, {}, "m", 1.0, 1, 1, None, 1) for _ in calls]

    async def aclose(self) -> None:
        """Nothing is open."""


async def test_a_row_that_the_store_refuses_has_failed_and_loses_no_other(installation: Installation) -> None:
    run, careless = await started(installation.rest), Careless()
    engine = replace(installation.runtime.engine, layers=Layers({LM: lambda: careless}))
    job = await installation.job_of("Evaluation", run["id"])
    assert await run_job(engine, job["id"], TIMING) is JobState.SUCCEEDED
    ended = (await installation.rest.get("Evaluation", run["id"])).made
    assert (ended["n"], ended["failed"]) == (12, 1)
    rows = await installation.rows("Execution", evaluation_id=run["id"])
    assert sorted(str(row["status"]) for row in rows) == ["failed", *["succeeded"] * 11]


async def test_a_failed_run_is_retried_when_its_model_answers_again(
    client: Client, installation: Installation, model_server: ModelServer
) -> None:
    run = await started(client, model_id=await a_model(client, model_server))
    model_server.fail(Fault.NO_AUTH)
    assert await installation.run("Evaluation", run["id"]) is JobState.FAILED
    model_server.fail(None)
    job = await installation.job_of("Evaluation", run["id"])
    assert (await client.act("Job.retry", job["id"])).made["state"] == "queued"
    assert await installation.run("Evaluation", run["id"]) is JobState.SUCCEEDED
    ended = (await client.get("Evaluation", run["id"])).made
    assert (ended["state"], ended["n"], ended["error"]) == ("succeeded", 12, None)


async def test_one_that_is_begun_again_asks_for_what_is_missing_alone(
    installation: Installation, model_server: ModelServer
) -> None:
    model = await a_model(installation.rest, model_server)
    whole, broken = [await started(installation.rest, model_id=model, concurrency=1) for _ in range(2)]
    assert await installation.run("Evaluation", whole["id"]) is JobState.SUCCEEDED
    undisturbed, before = model_server.calls, model_server.calls
    gate = model_server.hold(after=3)
    leave = threading.Event()
    job = await installation.job_of("Evaluation", broken["id"])
    engine = installation.runtime.engine
    running = asyncio.create_task(run_job(engine, job["id"], TIMING, leaving=leave.is_set))

    async def recorded() -> bool:
        return bool(await installation.rows("Execution", evaluation_id=broken["id"]))

    await until(recorded)
    leave.set()
    assert await asyncio.wait_for(running, PATIENCE) is JobState.QUEUED
    kept = len(await installation.rows("Execution", evaluation_id=broken["id"]))
    assert 0 < kept < 12
    gate.open.set()
    asked = model_server.calls
    assert await installation.run("Evaluation", broken["id"]) is JobState.SUCCEEDED
    assert model_server.calls - asked == (undisturbed // 12) * (12 - kept)
    assert asked - before >= kept
    ends = [(await installation.rest.get("Evaluation", run["id"])).made for run in (whole, broken)]
    same = ("state", "n", "failed", "score", "score_low", "score_high", "error")
    assert [ends[0][name] for name in same] == [ends[1][name] for name in same]
    rows = await installation.rows("Execution", evaluation_id=broken["id"])
    assert len({row["example_key"] for row in rows}) == len(rows) == 12
    told = [dict(entry.data)["done"] for entry in await installation.events(broken["id"], TOLD_BY_THE_JOB[1])]
    assert told == sorted(set(told))


async def test_it_sees_the_data_as_it_was_when_it_was_asked_for(client: Client, installation: Installation) -> None:
    run = await started(client)
    more = {"inputs": {"ticket": "something quite new"}, "labels": {"team": "billing"}, "split": "test"}
    (await client.act("Dataset.import_examples", run["dataset_id"], content=lines(more))).made  # noqa: B018
    await installation.run("Evaluation", run["id"])
    assert (await client.get("Evaluation", run["id"])).made["n"] == 12
    subject = {name: run[name] for name in ("program_id", "dataset_id", "metric_id")}
    later = (await client.act("Evaluation.start", **subject)).made
    await installation.run("Evaluation", later["id"])
    held = (await client.get("Evaluation", later["id"])).made
    assert (held["dataset_version"], held["n"]) == (2, 13)


async def test_the_same_run_gives_the_same_score(installation: Installation) -> None:
    first, second = await started(installation.rest), await started(installation.graphql)
    for run in (first, second):
        await installation.run("Evaluation", run["id"])
    scores = [(await installation.rest.get("Evaluation", run["id"])).made["score"] for run in (first, second)]
    assert scores[0] == scores[1]


async def test_examples_that_the_metric_cannot_score_end_it_before_a_model_is_asked(
    client: Client, installation: Installation, model_server: ModelServer
) -> None:
    labelled = {"inputs": {"ticket": "one"}, "labels": {"team": "billing"}, "split": "test", "key": "k1"}
    other = {"inputs": {"ticket": "two"}, "labels": {"Team": "billing", "n": 1}, "split": "test", "key": "k2"}
    run = await started(client, lines(labelled, other), model_id=await a_model(client, model_server))
    assert await installation.run("Evaluation", run["id"]) is JobState.FAILED
    ended = (await client.get("Evaluation", run["id"])).made
    assert (ended["state"], ended["error"]["code"], model_server.calls) == ("failed", "no_expectation", 0)
    assert ended["error"]["message"] == (
        "1 of 2 examples have no label that the metric compares: `k2` has `Team`, `n`, the metric compares `team`"
    )


@pytest.mark.parametrize(
    ("given", "at"),
    [
        ({"program_id": NOWHERE}, [("no_such_record", "program_id")]),
        ({"dataset_id": NOWHERE}, [("no_such_record", "dataset_id")]),
        ({"metric_id": NOWHERE}, [("no_such_record", "metric_id")]),
        ({"version": 7}, [("no_such_record", "version")]),
        ({"version": 0}, [("greater_than_equal", "version")]),
        ({"concurrency": 0}, [("greater_than_equal", "concurrency")]),
        ({"concurrency": 513}, [("less_than_equal", "concurrency")]),
    ],
)
@pytest.mark.parametrize("kind", ["Evaluation", "Optimization"])
async def test_a_run_that_cannot_be_is_not_started(
    kind: str, given: dict[str, Any], at: Any, *, client: Client, installation: Installation
) -> None:
    subject = await a_subject(client)
    async with installation.unchanged():
        answer = await client.act(f"{kind}.start", **{**subject.inputs, **given})
    assert answer.at == at


async def test_a_split_without_examples_starts_nothing(client: Client, installation: Installation) -> None:
    subject = await a_subject(client, tickets(train=4))
    async with installation.unchanged():
        answer = await client.act("Evaluation.start", **subject.inputs, split="validation")
    assert answer.at == [("too_few_examples", "split")]
    assert "no validation examples in version 1" in answer.fault.message


async def test_one_that_waits_is_cancelled_at_once(client: Client, installation: Installation) -> None:
    run = await started(client)
    (await client.act("Evaluation.cancel", run["id"])).made  # noqa: B018
    assert (await client.get("Evaluation", run["id"])).made["state"] == "cancelled"
    assert (await installation.job_of("Evaluation", run["id"]))["state"] is JobState.CANCELLED
    assert await installation.run("Evaluation", run["id"]) is None
    (last,) = await installation.events(run["id"], *ENDED)
    assert dict(last.data) == {"state": "cancelled", "error": None}


async def test_one_that_runs_is_cancelled_in_the_middle_of_a_call(
    client: Client, installation: Installation, model_server: ModelServer
) -> None:
    run = await started(client, model_id=await a_model(client, model_server))
    model_server.fail(Fault.HANG)
    running = asyncio.create_task(installation.run("Evaluation", run["id"]))
    await asyncio.to_thread(model_server.arrived.wait, PATIENCE)
    assert (await client.act("Evaluation.cancel", run["id"])).made["state"] == "cancelling"
    assert await asyncio.wait_for(running, PATIENCE) is JobState.CANCELLED
    assert (await client.get("Evaluation", run["id"])).made["state"] == "cancelled"
    assert await installation.rows("Execution", evaluation_id=run["id"]) == []


@pytest.mark.parametrize("kind", ["Evaluation", "Optimization"])
async def test_what_has_ended_is_not_cancelled(kind: str, client: Client, installation: Installation) -> None:
    subject = await a_subject(client)
    run = (await client.act(f"{kind}.start", **subject.inputs)).made
    (await client.act(f"{kind}.cancel", run["id"])).made  # noqa: B018
    job = await installation.job_of(kind, run["id"])
    async with installation.unchanged():
        fault = (await client.act(f"{kind}.cancel", run["id"])).fault
        of_job = (await client.act("Job.cancel", job["id"])).fault
    assert fault.at == of_job.at == ("illegal_transition", "id")
    assert fault.params["state"] == "cancelled"


async def test_a_job_that_waits_is_not_retried(client: Client, installation: Installation) -> None:
    run = await started(client)
    job = await installation.job_of("Evaluation", run["id"])
    async with installation.unchanged():
        assert (await client.act("Job.retry", job["id"])).fault.at == ("illegal_transition", "id")


@pytest.mark.parametrize("action", ["Evaluation.cancel", "Optimization.cancel", "Job.cancel", "Job.retry"])
async def test_what_is_not_there_is_not_cancelled(action: str, client: Client, installation: Installation) -> None:
    async with installation.unchanged():
        assert (await client.act(action, NOWHERE)).fault.at == ("not_found", "id")
