"""A domain with one job, for a worker of its own, whose processes leave their spans in a file when they end."""

from __future__ import annotations

import json
import os
from pathlib import Path
from uuid import UUID

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter

from framework import STANDARD, Attr, Create, Job, Read, Resource, enqueue, primary_key, verb
from framework.compiler.domain import Domain
from framework.jobs.job_run import JobRun

SPANS = "SPANS_OF_THE_TEST"


class Letter(Resource):
    id: Attr[UUID] = primary_key()
    browse = Read()
    write = Create(then=enqueue("send"))
    send = Job(verb("tests.workers.letters:send"))


LETTERS = Domain("letters", [Letter], STANDARD)


async def send(run: JobRun) -> None:
    """Nothing has to be done."""


def one_line(span: ReadableSpan) -> str:
    """Which process had it, what it is called and which trace it belongs to."""
    context = span.get_span_context()
    assert context is not None
    return json.dumps([os.getpid(), span.name, f"{context.trace_id:032x}"]) + "\n"


if SPANS in os.environ:
    # As an operator sets it up, but for the pause: what is not sent at the end of a process is not sent.
    file = Path(os.environ[SPANS]).open("a")  # noqa: SIM115 - for as long as the process
    kept = ConsoleSpanExporter(out=file, formatter=one_line)
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(kept, schedule_delay_millis=3_600_000))
    trace.set_tracer_provider(provider)
