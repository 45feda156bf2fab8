"""One trace from the front door through job, worker and model, with nothing in it that somebody said."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from framework import telemetry
from framework.jobs.job import JobState
from tests.installation.installation import Installation
from tests.installation.making import a_program, a_subject
from tests.installation.tickets import tickets

TRACE, CLIENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
BEGUN_BY_A_CLIENT = {"traceparent": f"00-{TRACE}-{CLIENT}-01"}


@pytest.fixture
def exporter(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """Has every span that ends; the provider is this test's own, not the process's."""
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    monkeypatch.setattr(telemetry, "tracer", provider.get_tracer("test"))
    yield kept
    provider.shutdown()


async def test_a_search_and_every_call_of_a_model_in_it_belong_to_the_trace_of_whoever_asked_for_it(
    installation: Installation, exporter: InMemorySpanExporter
) -> None:
    subject = await a_subject(installation.rest)
    exporter.clear()
    asked = {**subject.inputs, "optimizer": "bootstrap_few_shot"}
    answer = await installation.http.post("/api/optimizations", json=asked, headers=BEGUN_BY_A_CLIENT)
    assert answer.status_code == 201, answer.text
    # Another process has nothing of ours but the row.
    elsewhere = contextvars.Context()
    work = asyncio.get_running_loop().create_task(
        installation.run("Optimization", answer.json()["id"]), context=elsewhere
    )
    assert await work is JobState.SUCCEEDED

    spans = [span for span in exporter.get_finished_spans() if trace_of(span) == TRACE]
    (request,) = named(spans, "POST /api/optimizations")
    assert request.parent is not None
    assert f"{request.parent.span_id:016x}" == CLIENT
    (job,) = named(spans, "job")
    assert attributes(job)["action"] == "Optimization.run"
    assert attributes(job)["state"] == "succeeded"
    models = named(spans, "model")
    # Some of them in DSPy's own threads: none has begun a trace of its own.
    assert len(models) > 10
    assert named([span for span in exporter.get_finished_spans() if trace_of(span) != TRACE], "model") == []
    assert {attributes(each)["gen_ai.operation.name"] for each in models} == {"chat"}


async def test_what_is_asked_and_answered_and_what_goes_wrong_is_in_no_span(
    installation: Installation, exporter: InMemorySpanExporter
) -> None:
    program = await a_program(installation.rest)
    said = "hunter2 was my first pet"
    body = {"inputs": {"ticket": said}}
    for path in (f"/api/programs/{program['id']}/execute", f"/api/programs/{said}/execute"):
        await installation.http.post(path, json=body)
        await installation.http.post(path, json=body, headers={"authorization": f"Bearer {said}"})
    await installation.http.get("/api/programs", params={"filter": f'{{"name": {{"eq": "{said}"}}}}'})
    await installation.http.post(f"/api/programs/{program['id']}/execute", json={"inputs": {"tickt": said}})
    spans = exporter.get_finished_spans()
    assert named(spans, "model")
    assert len(named(spans, "POST /api/programs/{id}/execute")) >= 3
    assert {span.attributes.get("error.type") for span in spans if span.attributes} > {None}
    everything = " ".join(span.to_json() for span in spans)
    assert "hunter2" not in everything
    assert program["id"] not in everything


async def test_outside_of_a_trace_a_job_keeps_no_place_in_one(installation: Installation) -> None:
    subject = await a_subject(installation.rest, tickets())
    run = (await installation.rest.act("Evaluation.start", **subject.inputs)).made
    assert "traceparent" not in (await installation.job_of("Evaluation", run["id"]))["context"]


def named(spans: list[ReadableSpan] | tuple[ReadableSpan, ...], name: str) -> list[ReadableSpan]:
    return [span for span in spans if span.name == name]


def attributes(span: ReadableSpan) -> dict[str, object]:
    return dict(span.attributes or {})


def trace_of(span: ReadableSpan) -> str:
    context = span.get_span_context()
    assert context is not None
    return f"{context.trace_id:032x}"
