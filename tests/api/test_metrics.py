"""Figures for Prometheus, read by its own parser."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from tests.installation.installation import Installation
from tests.installation.making import a_program

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


async def scraped(installation: Installation) -> Samples:
    response = await installation.http.get("/metrics")
    assert response.status_code == 200
    families = text_string_to_metric_families(response.text)
    return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


async def test_calls_are_counted_by_action_and_outcome(installation: Installation) -> None:
    key = ("dspex_action_seconds_count", frozenset({("action", "Program.create"), ("outcome", "ok")}))
    before = (await scraped(installation)).get(key, 0.0)
    await a_program(installation.rest)
    assert (await scraped(installation))[key] == before + 1


async def test_queues_tables_pool_and_log_are_told(installation: Installation) -> None:
    found = await scraped(installation)
    assert found["dspex_database_up", frozenset()] == 1
    assert ("dspex_jobs", frozenset({("queue", "optimizations"), ("state", "queued")})) in found
    assert found["dspex_table_bytes", frozenset({("table", "programs")})] > 0
    # It is partitioned, and nothing is in the table itself.
    assert found["dspex_table_bytes", frozenset({("table", "events")})] > 0
    assert found["dspex_pool_connections", frozenset({("for", "reads"), ("state", "most")})] == 10
    assert found["dspex_events_held_seconds", frozenset()] >= 0
    assert {name for name, _ in found} >= {
        "dspex_subscribers",
        "dspex_subscribers_behind_total",
        "dspex_oldest_writer_seconds",
        "dspex_jobs_tried_again",
        "dspex_jobs_lost",
        "dspex_lease_age_seconds",
        "dspex_queue_messages",
        "dspex_pool_waiting",
    }


async def test_what_went_wrong_is_told_by_its_code(installation: Installation) -> None:
    await installation.http.patch("/api/projects/019e0000-0000-7000-8000-000000000000", json={"name": "x"})
    outcomes = {dict(labels).get("outcome") for name, labels in await scraped(installation) if "action" in name}
    assert "not_found" in outcomes
