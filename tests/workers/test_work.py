"""A real worker beside a real API: what is asked over a socket is done elsewhere, and watched as it happens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import psutil
from prometheus_client.parser import text_string_to_metric_families
from redis.asyncio import Redis

from framework.actions.engine import Engine
from framework.actions.request import Request
from framework.context import Context
from framework.expr.nodes import equals
from framework.jobs.celery_app import RUN
from framework.jobs.lease import NOW, claim
from framework.jobs.schedules.job_schedule import JobSchedule
from framework.runtime.runtime import Runtime, assemble
from framework.testing.model_server import Fault, ModelServer
from framework.testing.until import PATIENCE, until
from resources.accounts.callers.actors import LOCAL
from resources.executions.execution import Execution
from tests.framework.lm.optimize.runs import TRIALS
from tests.installation.answer import Asked
from tests.installation.installation import DOMAIN
from tests.installation.making import a_subject
from tests.resources.optimizations.small import started, trials_of
from tests.workers.conftest import Processes

# Four of the pool, beat, and the one that has forked them, which alone is kept by somebody.
PROCESSES = {str(number) for number in range(6)}
JOBS = "dspex_job_seconds_count"
ENDED = ("succeeded", "failed", "cancelled")


@asynccontextmanager
async def beneath(processes: Processes) -> AsyncIterator[Runtime]:
    """The same database, from this process."""
    runtime = assemble(DOMAIN, processes.settings, connections=2)
    try:
        yield runtime
    finally:
        await runtime.close()


async def streamed(processes: Processes, path: str) -> list[dict[str, Any]]:
    """Every message of a stream that ends by itself."""
    async with processes.http.stream("GET", path) as response:
        lines = [line async for line in response.aiter_lines()]
    return [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]


async def test_a_search_is_done_by_the_worker_and_watched_over_a_stream(processes: Processes) -> None:
    run = await started(processes.rest, "gepa")
    messages = await streamed(processes, f"/api/optimizations/{run['id']}/progress")
    *reports, end = messages
    assert trials_of([message["data"] for message in reports]) == [(k, TRIALS["gepa"]) for k in range(1, 7)]
    assert end["data"] == {"state": "succeeded", "error": None}
    ended = (await processes.graphql.get("Optimization", run["id"])).made
    assert (ended["state"], ended["result_number"]) == ("succeeded", 2)
    promoted = (await processes.graphql.act("Program.promote", run["program_id"], number=2)).made
    assert promoted["live_number"] == 2


async def test_a_search_is_paused_and_goes_on_where_it_was_and_its_stream_stays_open(processes: Processes) -> None:
    name = "bootstrap_few_shot_with_random_search"
    with ModelServer() as endpoint:
        given = {"provider": "openai_compatible", "model": "m", "api_base": endpoint.url, "timeout_seconds": 600.0}
        model = (await processes.rest.act("LanguageModel.create", name="paused", **given)).made
        whole = await started(processes.rest, name, model_id=model["id"])
        await streamed(processes, f"/api/optimizations/{whole['id']}/progress")
        gate = endpoint.hold(after=15)
        run = await started(processes.rest, name, model_id=model["id"])
        watching = asyncio.create_task(streamed(processes, f"/api/optimizations/{run['id']}/progress"))
        await until(gate.waited_at.is_set)
        assert (await processes.rest.act("Optimization.pause", run["id"])).made["state"] == "pausing"
        await until(lambda: stands(processes, run, "paused"))
        (job,) = (await processes.rest.list("Job", Asked({"target_id": {"eq": run["id"]}}))).made["items"]
        assert (job["state"], job["lease_owner"], job["attempts_without_progress"]) == ("paused", None, 0)
        assert not watching.done()
        gate.open.set()
        assert (await processes.rest.act("Optimization.resume", run["id"])).made["state"] == "queued"
        messages = await watching
    told = [message["type"].rsplit(".", 1)[1] for message in messages]
    assert (told.count("paused"), told.count("ended"), told[-1]) == (1, 1, "ended")
    kept = ("state", "baseline_score", "optimized_score", "best_score", "calls", "tokens_in", "result_number", "notes")
    ended, undisturbed = [(await processes.rest.get("Optimization", each["id"])).made for each in (run, whole)]
    assert {name: ended[name] for name in kept} == {name: undisturbed[name] for name in kept}


async def stands(processes: Processes, run: Any, state: str) -> bool:
    return bool((await processes.rest.get("Optimization", run["id"])).made["state"] == state)


async def test_a_declared_program_answers_over_a_socket(processes: Processes) -> None:
    given = {"ticket": "refund my order"}
    clients = (processes.rest, processes.graphql)
    answers = [(await client.act("RouteTicket.execute", **given)).made for client in clients]
    assert answers[0].pop("execution_id") != answers[1].pop("execution_id")
    assert answers[0] == answers[1]


async def test_a_job_whose_worker_died_is_done_by_another(processes: Processes) -> None:
    async with beneath(processes) as runtime:
        subject = await a_subject(processes.rest)
        # Asked for beneath the API, so that no bell rings: nobody knows of it yet.
        silent = Engine(DOMAIN, runtime.layer, runtime.engine.notifier, {})
        action = DOMAIN.action("Evaluation", "start")
        (run,) = await silent.session(Context(LOCAL)).perform(action, [Request(subject.inputs)])
        (job,) = (await processes.rest.list("Job", Asked({"target_id": {"eq": str(run["id"])}}))).made["items"]
        assert await claim(runtime.engine, job["id"], "nobody", -1.0) is not None

    async def done() -> bool:
        return bool((await processes.rest.get("Evaluation", run["id"])).made["state"] in ENDED)

    await until(done)
    assert (await processes.rest.get("Evaluation", run["id"])).made["state"] == "succeeded"
    assert (await processes.rest.get("Job", job["id"])).made["attempt"] == 2


async def test_a_job_that_is_due_by_itself_is_done(processes: Processes) -> None:
    name = "Execution.give_up_abandoned"

    async def seen() -> bool:
        async with beneath(processes) as runtime, runtime.engine.layer.transaction() as tx:
            return bool(await tx.update(DOMAIN.of(JobSchedule), equals(name=name), {"next_due": NOW}))

    async def done() -> bool:
        asked = Asked({"target_type": {"eq": "Execution"}})
        jobs = (await processes.rest.list("Job", asked)).made["items"]
        return "succeeded" in [job["state"] for job in jobs]

    await until(seen)
    await until(done)


async def test_the_figures_of_its_processes_are_told_at_a_port_of_their_own(processes: Processes) -> None:
    subject = await a_subject(processes.rest)
    _ = (await processes.rest.act("Evaluation.start", **subject.inputs)).made
    done = {"action": "Evaluation.run", "outcome": "succeeded"}
    found = dict[str, dict[str, float]]()

    async def told() -> bool:
        text = (await processes.http.get(processes.figures)).text
        found.clear()
        for sample in (sample for family in text_string_to_metric_families(text) for sample in family.samples):
            # One figure of each process, whatever else it is told by; that of jobs for the one asked for.
            if sample.name != JOBS or sample.labels.items() >= done.items():
                found.setdefault(sample.name, {})[sample.labels["process"]] = sample.value
        return JOBS in found and found["process_resident_memory_bytes"].keys() == PROCESSES

    await until(told)
    assert found["dspex_restarts_total"] == {"5": 2}
    assert len({*found["process_resident_memory_bytes"].values()}) > 1
    assert len(found[JOBS]) == 1
    assert found.keys() >= {"dspex_event_loop_delay_seconds_count", "dspex_pool_connections"}


async def test_what_is_no_message_ends_nothing_and_what_is_anothers_stays(processes: Processes) -> None:
    prefix, worker = processes.settings.prefix, psutil.Process(processes.worker.pid)
    assert (await processes.http.get("/readyz")).json()["worker"] is True
    task = {"body": "W10=", "headers": {"id": "1", "task": "nobody.knows"}, "content-type": "application/json"}
    task["properties"] = {"delivery_info": {"routing_key": "default"}, "delivery_tag": "1", "body_encoding": "base64"}
    task["content-encoding"] = "utf-8"
    wrong_arguments = {**task, "headers": {"id": "2", "task": RUN}}
    no_base64 = {**task, "body": "\u00e9"}
    in_form = [json.dumps(each) for each in (task, wrong_arguments, no_base64)]
    garbage: list[bytes | str] = [b"\xff\x00", b"[", b"[]", b"null", b"{}", *in_form]
    async with Redis.from_url(str(processes.settings.redis_url)) as redis:
        await redis.lpush("default", "of another program")
        await redis.lpush(f"{prefix}default", *garbage)
        await redis.lpush(f"{prefix}evaluations", *garbage)

        async def gone() -> bool:
            return not await redis.exists(f"{prefix}default", f"{prefix}evaluations")

        await until(gone)
        run = (await processes.rest.act("Evaluation.start", **(await a_subject(processes.rest)).inputs)).made
        await until(lambda: ended(processes, run))
        assert await redis.llen("default") == 1
    assert processes.worker.returncode is None
    assert worker.is_running()


async def test_searches_that_never_end_keep_no_evaluation_waiting(processes: Processes) -> None:
    with ModelServer() as endpoint:
        endpoint.fail(Fault.HANG)
        given = {"provider": "openai_compatible", "model": "m", "api_base": endpoint.url, "timeout_seconds": 600.0}
        model = (await processes.rest.act("LanguageModel.create", name="never", **given)).made
        searches = [await started(processes.rest, "gepa", model_id=model["id"]) for _ in range(3)]
        subject = await a_subject(processes.rest)
        runs = [(await processes.rest.act("Evaluation.start", **subject.inputs)).made for _ in range(4)]
        for run in runs:
            await until(lambda: ended(processes, run))  # noqa: B023 - awaited within the round
        states = [(await processes.rest.get("Optimization", run["id"])).made["state"] for run in searches]
        # The slot of its own, and the common one.
        assert sorted(states) == ["queued", "running", "running"]
        for run in searches:
            await processes.rest.act("Optimization.cancel", run["id"])


async def ended(processes: Processes, run: Any) -> bool:
    return bool((await processes.rest.get("Evaluation", run["id"])).made["state"] in ENDED)


async def test_both_end_when_they_are_told_to_and_leave_nothing_undone(processes: Processes) -> None:
    worker = psutil.Process(processes.worker.pid)
    children = worker.children(recursive=True)
    assert children
    with ModelServer() as endpoint:
        endpoint.fail(Fault.HANG)
        given = {"provider": "openai_compatible", "model": "m", "api_base": endpoint.url, "timeout_seconds": 600.0}
        model = (await processes.rest.act("LanguageModel.create", name="hanging", **given)).made
        run = await started(processes.rest, "gepa", model_id=model["id"])
        assert await asyncio.to_thread(endpoint.arrived.wait, PATIENCE)
        processes.worker.terminate()
        assert await asyncio.wait_for(processes.worker.wait(), PATIENCE) == 0
        await until(lambda: not any(child.is_running() for child in children))
        (job,) = (await processes.rest.list("Job", Asked({"target_id": {"eq": run["id"]}}))).made["items"]
        assert (job["state"], job["attempts_without_progress"], job["lease_owner"]) == ("queued", 0, None)

        endpoint.arrived.clear()
        path = f"/api/programs/{run['program_id']}/execute"
        asking = asyncio.create_task(processes.http.post(path, json={"inputs": {"ticket": "x"}}))
        assert await asyncio.to_thread(endpoint.arrived.wait, PATIENCE)
        processes.api.terminate()
        answer = await asking
        assert (answer.status_code, answer.json()["code"]) == (503, "interrupted")
        await asyncio.wait_for(processes.api.wait(), PATIENCE)
    key = UUID(answer.json()["errors"][0]["params"]["execution_id"])
    async with beneath(processes) as runtime:
        execution = await runtime.engine.session(Context(LOCAL)).get(Execution, key)
    assert (str(execution.status), (execution.error or {})["code"]) == ("failed", "interrupted")
