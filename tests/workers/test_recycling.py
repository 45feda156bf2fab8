"""Processes of the pool that have taken much are followed by others, which go on where they were."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from framework.compiler.domain import compile_domain
from framework.runtime.runtime import assemble
from framework.settings import load_settings
from framework.sql.engine import create_tables
from framework.telemetry import PARENT, continuing
from framework.testing.until import PATIENCE, until
from tests.workers.conftest import begun
from tests.workers.letters import LETTERS, SPANS, Letter

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
# Celery looks every five seconds whether a process is missing.
NUMBER = 2


async def test_a_queue_is_worked_off_in_one_trace_though_each_job_has_a_process_of_its_own(
    fresh_database_url: str, clean_redis_url: str, tmp_path: Path
) -> None:
    settings = load_settings(database_url=fresh_database_url, redis_url=clean_redis_url)
    runtime = assemble(compile_domain(LETTERS), settings, connections=2)
    await create_tables(runtime.layer)
    with continuing({PARENT: f"00-{TRACE}-00f067aa0ba902b7-01"}):
        await runtime.engine.session().create_all(Letter.write, [{} for _ in range(NUMBER)])
    await runtime.close()
    spans = tmp_path / "spans"
    given = {"DSPEX_DOMAINS": "tests.workers.letters:LETTERS", "DSPEX_WORKER_CONCURRENCY": "1", SPANS: str(spans)}
    # Less than any process takes.
    worker = await begun("worker", settings, given={**given, "DSPEX_WORKER_CHILD_MB": "1"})

    def jobs() -> list[tuple[int, str]]:
        told = [json.loads(line) for line in spans.read_text().splitlines()] if spans.exists() else []
        return [(process, trace) for process, name, trace in told if name == "job"]

    try:
        await until(lambda: len(jobs()) == NUMBER)
    finally:
        worker.terminate()
        await asyncio.wait_for(worker.wait(), PATIENCE)
    assert {trace for _, trace in jobs()} == {TRACE}
    assert len({process for process, _ in jobs()}) == NUMBER
