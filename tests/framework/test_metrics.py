"""Metrics of several processes, told by whichever is asked."""

from __future__ import annotations

from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from framework.figures import Figure
from framework.metrics import Metrics
from framework.metrics_folder import MetricsFolder


def test_whichever_of_several_is_asked_tells_of_all_with_the_process_as_a_label(tmp_path: Path) -> None:
    first, second = (Metrics(MetricsFolder(tmp_path, number)) for number in (1, 2))
    first.action("Item.create", "ok", 0.1)
    for _ in range(2):
        second.action("Item.create", "ok", 0.1)
    second.export([Figure("dspex_subscribers", "Who listens.", 7)])
    text = first.exposition(
        [Figure("dspex_jobs", "Jobs.", 5)], [Figure("dspex_subscribers", "Who listens.", 3)]
    ).decode()
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    found = {(s.name, s.labels.get("process")): s.value for s in samples}
    assert (found["dspex_action_seconds_count", "1"], found["dspex_action_seconds_count", "2"]) == (1, 2)
    assert (found["dspex_subscribers", "1"], found["dspex_subscribers", "2"]) == (3, 7)
    # What all share is told once.
    assert found["dspex_jobs", None] == 5
    assert text.count("# TYPE dspex_action_seconds histogram") == 1


def test_one_alone_has_no_label(tmp_path: Path) -> None:
    alone = Metrics()
    alone.action("Item.create", "ok", 0.1)
    alone.export()
    assert 'dspex_action_seconds_count{action="Item.create",outcome="ok"} 1.0' in alone.exposition().decode()
    assert [*tmp_path.iterdir()] == []


def test_what_only_grows_is_a_counter() -> None:
    text = (
        Metrics().exposition([Figure("dspex_falls_total", "Falls.", 2), Figure("dspex_height", "Height.", 3)]).decode()
    )
    kinds = {family.name: family.type for family in text_string_to_metric_families(text)}
    assert (kinds["dspex_falls"], kinds["dspex_height"]) == ("counter", "gauge")
    assert "dspex_falls_total 2.0" in text
