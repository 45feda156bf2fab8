"""A table that somebody holds: whoever needs it waits for a bounded time and is told so, and nobody else waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx
import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.app import create_app
from framework.testing.logged import logged
from framework.testing.until import until
from tests.installation.installation import DOMAIN, Installation
from tests.installation.making import unique

CLIENTS = 64
DATASETS = {"query": "{ datasets { nodes { id } } }"}
PROGRAMS = {"query": "{ programs { nodes { id } } }"}
CREATE = "mutation ($name: String!) { createDataset(input: {name: $name}) { errors { code } } }"
WAITING = (
    "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'datasets'::regclass"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


@asynccontextmanager
async def served(
    installation: Installation, settings: Mapping[str, float], table: str = "datasets"
) -> AsyncIterator[httpx.AsyncClient]:
    """The API with other settings, while another program holds a table."""
    changed = {"read_lock_seconds": 0, "read_statement_seconds": 0, **settings}
    app = create_app(DOMAIN, installation.settings.model_copy(update=changed))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost", timeout=None) as http,
        await psycopg.AsyncConnection.connect(installation.settings.database_url or "") as holder,
    ):
        await holder.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield http


async def test_64_clients_of_a_locked_table_hold_up_only_one_another(installation: Installation) -> None:
    async with (
        served(installation, {"connection_seconds": 0.2}) as http,
        await psycopg.AsyncConnection.connect(installation.settings.database_url or "", autocommit=True) as watcher,
    ):

        async def half_of_them_wait() -> bool:
            ((number,),) = await (await watcher.execute(WAITING)).fetchall()
            return int(number) == 5

        asked = [asyncio.create_task(http.get("/api/datasets")) for _ in range(CLIENTS)]
        await until(half_of_them_wait)
        for _ in range(10):
            assert (await http.get("/api/programs")).status_code == 200
        assert "errors" not in (await http.post("/graphql", json=PROGRAMS)).json()
        made = await http.post("/api/signatures", json={"name": unique("triage"), "text": "ticket -> team"})
        assert made.status_code == 201, made.text
        ready = await http.get("/readyz")
        assert (ready.status_code, "connections" in ready.json()) == (200, False)
        # Those who have not come to it are told so; the five before them wait as long as they are allowed to.
        await until(lambda: sum(task.done() for task in asked) == CLIENTS - 5)
        refused = [task.result() for task in asked if task.done()]
        assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {(503, "table_busy")}
        assert all(answer.headers["retry-after"] for answer in refused)
        for task in asked:
            task.cancel()
        await asyncio.gather(*asked, return_exceptions=True)


@pytest.mark.parametrize(
    ("bound", "status", "code"),
    [("read_lock_seconds", 503, "record_locked"), ("read_statement_seconds", 504, "statement_timeout")],
)
async def test_who_reads_it_is_told_why_it_gets_nothing(
    installation: Installation, bound: str, status: int, code: str
) -> None:
    async with served(installation, {bound: 0.05}) as http:
        answer = await http.get("/api/datasets")
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert ("retry-after" in answer.headers) == (status == 503)
        (error,) = (await http.post("/graphql", json=DATASETS)).json()["errors"]
        assert (error["extensions"]["code"], error["message"]) == (code, answer.json()["detail"])
        assert error["extensions"]["hint"] == answer.json()["errors"][0]["hint"]


@pytest.mark.parametrize(
    ("bound", "status", "code"),
    [("write_lock_seconds", 503, "record_locked"), ("write_statement_seconds", 504, "statement_timeout")],
)
async def test_who_writes_to_it_is_told_why_nothing_was_written(
    installation: Installation, bound: str, status: int, code: str
) -> None:
    bounds = {"write_lock_seconds": 0, "write_statement_seconds": 0, bound: 0.05}
    async with served(installation, bounds) as http:
        answer = await http.post("/api/datasets", json={"name": unique("held")})
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        sent = {"query": CREATE, "variables": {"name": unique("held")}}
        said = (await http.post("/graphql", json=sent)).json()
        assert said["data"]["createDataset"]["errors"] == [{"code": code}]


async def test_what_a_process_does_for_itself_gives_up_soon_is_told_and_goes_on(installation: Installation) -> None:
    """The reaper and a scrape waited for as long as a request may write."""
    with logged() as lines:
        async with served(installation, {"upkeep_lock_seconds": 0.1}, "jobs") as http:
            await until(lambda: any(line["event"] == "reaper.waiting" for line in lines))
            figures = await http.get("/metrics")
            assert (await http.get("/readyz")).status_code == 200
    assert {line["error"] for line in lines if line["event"] == "reaper.waiting"} == {"record_locked"}
    # The sizes of tables are asked of all of them together.
    assert {line["of"] for line in lines if line["event"] == "metrics.left_out"} == {"job_figures", "database_figures"}
    told = {
        (s.name, *s.labels.values()): s.value for f in text_string_to_metric_families(figures.text) for s in f.samples
    }
    assert told["dspex_database_up",] == 1
    assert told["dspex_statements_unanswered_total", "record_locked", "upkeep"] >= 2
    assert told["dspex_statements_unanswered_total", "statement_timeout", "upkeep"] == 0
    assert ("dspex_events_held_seconds",) in told
    assert ("dspex_jobs_tried_again",) not in told
