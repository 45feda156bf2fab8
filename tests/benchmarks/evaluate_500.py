"""Bench `evaluate_500`: 500 examples on a model that takes 100 ms, in process and as a whole job.

All are asked at once, which is a caller's choice (128 is the default) and right for an endpoint without limits; the
peer is left at its own default, as the figure is defined.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

import orjson

from framework.lm.calls.bounds import Bounds
from framework.lm.calls.execute import LmLayer
from framework.lm.evaluation.evaluate import EvaluationOptions, evaluate
from framework.lm.evaluation.evaluation import Example, Subject
from framework.lm.metrics.metric_kinds import MetricKind
from framework.lm.metrics.metrics import MetricDefinition, MetricField
from framework.lm.models.model import ModelDefinition, ModelParams
from framework.lm.programs.program import ProgramDefinition
from framework.lm.programs.signature import signature_of
from framework.lm.signatures.grammar import parse_signature
from tests.benchmarks.connection import Ask, BadAnswer, answer
from tests.benchmarks.contents import TEAMS, TEXT, TICKET
from tests.benchmarks.figure import Figure, Peer
from tests.benchmarks.installation import Installation
from tests.benchmarks.peers.dspy_evaluate import NAME, evaluated
from tests.benchmarks.process import running, serving

ROUNDS = 3
LATENCY_MS = 100.0
TARGET = 8.0
LOOK_SECONDS = 0.01
CONCURRENCY = 500
ROWS = [{"ticket": TICKET.format(n), "team": TEAMS[n % len(TEAMS)]} for n in range(500)]
PARSED = parse_signature(TEXT).with_instructions("Route it.")


async def evaluate_500(place: Installation) -> Sequence[Figure]:
    """Three ways to the same score."""
    ours: list[float] = []
    jobs: list[float] = []
    theirs: list[float] = []
    signature = signature_of(PARSED, named="bench")
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(serving(place.api))
        await stack.enter_async_context(running(place.worker))
        start = await _ready(api.port)
        # The first job finds a cold worker; it is not counted.
        await _job(api.port, start)
        layer = LmLayer(bounds=Bounds(model_calls=CONCURRENCY))
        for _ in range(ROUNDS):
            seconds, score = await _in_process(layer)
            ours.append(seconds)
            seconds, expected = await asyncio.to_thread(evaluated, signature, ROWS, LATENCY_MS)
            theirs.append(seconds)
            seconds, scored = await _job(api.port, start)
            jobs.append(seconds)
            if not abs(score - expected) < 0.01 > abs(scored - expected):
                raise BadAnswer(f"three evaluations of the same, three scores: {score}, {expected}, {scored}")
    return [_figure("evaluate_500", ours, theirs), _figure("evaluate_500_job", jobs, theirs)]


def _figure(bench: str, ours: Sequence[float], theirs: Sequence[float]) -> Figure:
    figure = Figure(bench, ours, Peer(NAME, theirs), "s", details={"examples": len(ROWS), "concurrency": CONCURRENCY})
    return figure.aiming(f"at least {TARGET:g} times faster", met=figure.ratio >= TARGET)


async def _in_process(layer: LmLayer) -> tuple[float, float]:
    subject = Subject(
        ProgramDefinition("bench", PARSED),
        ModelDefinition("offline/slow", params=ModelParams(latency_ms=LATENCY_MS)),
    )
    examples = [Example({"ticket": row["ticket"]}, {"team": row["team"]}, str(n)) for n, row in enumerate(ROWS)]
    metric = MetricDefinition(MetricKind.EXACT, (MetricField("team"),))
    started = time.perf_counter()
    report = await evaluate(layer, subject, examples=examples, metric=metric, options=EvaluationOptions(CONCURRENCY))
    seconds = time.perf_counter() - started
    if report.failed:
        raise BadAnswer(f"{report.failed} examples failed: {next(row.failure for row in report.rows if row.failure)}")
    return seconds, report.mean


async def _ready(port: int) -> Any:
    """What starts an evaluation: program, data set and metric, made through the API."""
    model = await _made(
        port, "language-models", name="slow", provider="offline", model="in-context", params={"latency_ms": LATENCY_MS}
    )
    signature = await _made(port, "signatures", name="evaluated", text=TEXT, instructions="Route it.")
    program = await _made(
        port, "programs", slug="evaluated", name="Evaluated", signature_id=signature["id"], model_id=model["id"]
    )
    dataset = await _made(port, "datasets", name="five hundred")
    lines = [
        {"key": str(n), "inputs": {"ticket": row["ticket"]}, "labels": {"team": row["team"]}, "split": "test"}
        for n, row in enumerate(ROWS)
    ]
    content = "\n".join(orjson.dumps(line).decode() for line in lines)
    await _made(port, f"datasets/{dataset['id']}/import-examples", content=content)
    metric = await _made(port, "metrics", name="team", definition={"kind": "exact", "fields": ["team"]})
    return {
        "program_id": program["id"],
        "dataset_id": dataset["id"],
        "metric_id": metric["id"],
        "concurrency": CONCURRENCY,
    }


async def _job(port: int, start: Any) -> tuple[float, float]:
    """From asking for it to its end on record."""
    started = time.perf_counter()
    evaluation = await _made(port, "evaluations", **start)
    while True:
        seen = await answer(Ask(port, f"/api/evaluations/{evaluation['id']}?fields=state,score,error"))
        if seen["state"] == "succeeded":
            return time.perf_counter() - started, float(seen["score"])
        if seen["state"] in ("failed", "cancelled"):
            raise BadAnswer(f"the evaluation ended as {seen['state']}: {seen['error']}")
        await asyncio.sleep(LOOK_SECONDS)


async def _made(port: int, path: str, **values: Any) -> Any:
    return await answer(Ask(port, f"/api/{path}", values))
