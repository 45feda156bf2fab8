"""Metrics as JSON."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.errors import Invalid
from framework.lm.metrics.metric_json import metric_from_json, metric_to_json
from framework.lm.metrics.metric_kinds import MetricKind, Tolerance
from framework.lm.metrics.metrics import MetricDefinition, MetricField
from framework.lm.signatures.grammar import parse_signature

TRIAGE = parse_signature("ticket -> team, urgency, confidence: Probability")
KINDS = st.sampled_from(list(MetricKind))
FIELDS = st.builds(
    MetricField, st.sampled_from(TRIAGE.output_names), st.floats(0.001, 100), st.one_of(st.none(), KINDS)
)
METRICS = st.builds(
    MetricDefinition,
    KINDS,
    st.lists(FIELDS, min_size=1, max_size=3, unique_by=lambda field: field.name).map(tuple),
    st.builds(Tolerance, st.floats(0, 1), st.floats(0, 1)),
)


@given(METRICS)
def test_a_metric_reads_back_from_its_json(metric: MetricDefinition) -> None:
    assert metric_from_json(metric_to_json(metric), definition=TRIAGE) == metric


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (["team"], (MetricField("team"),)),
        ({"team": 2, "urgency": 1}, (MetricField("team", 2.0), MetricField("urgency", 1.0))),
        ([{"name": "team", "kind": "contains"}], (MetricField("team", 1.0, MetricKind.CONTAINS),)),
    ],
)
def test_fields_have_short_forms(fields: Any, expected: tuple[MetricField, ...]) -> None:
    assert metric_from_json({"kind": "exact", "fields": fields}).fields == expected


def test_a_metric_without_fields_judges_every_output() -> None:
    metric = metric_from_json({"kind": "normalized"}, definition=TRIAGE)
    assert [field.name for field in metric.fields] == ["team", "urgency", "confidence"]


@pytest.mark.parametrize(
    ("data", "code", "path", "says"),
    [
        ([], "wrong_type", (), "a metric is an object with `kind` and `fields`"),
        ({"fields": ["team"]}, "unknown_kind", ("kind",), "there is no metric `None`"),
        ({"kind": "exactly", "fields": ["team"]}, "unknown_kind", ("kind",), "there is no metric `exactly`"),
        ({"kind": ["exact"], "fields": ["team"]}, "unknown_kind", ("kind",), "there is no metric `['exact']`"),
        ({"kind": "exact", "fields": []}, "no_fields", ("fields",), "`fields` names at least one output"),
        ({"kind": "exact", "fields": "team"}, "no_fields", ("fields",), "`fields` names at least one output"),
        ({"kind": "exact", "fields": ["tean"]}, "unknown_field", ("fields", 0, "name"), "there is no output `tean`"),
        (
            {"kind": "exact", "fields": ["team", "team"]},
            "duplicate_name",
            ("fields", 1, "name"),
            "`team` is said twice",
        ),
        (
            {"kind": "exact", "fields": [3]},
            "wrong_type",
            ("fields", 0),
            "a field is a name, or an object with its `name`",
        ),
        (
            {"kind": "exact", "fields": {"team": -1}},
            "out_of_range",
            ("fields", 0, "weight"),
            "`weight` is a number from 0 to 1000000",
        ),
        ({"kind": "exact", "fields": {"team": 0}}, "bad_weight", ("fields", 0, "weight"), "a weight is more than 0"),
        (
            {"kind": "exact", "fields": [{"name": "team", "kind": "x"}]},
            "unknown_kind",
            ("fields", 0, "kind"),
            "there is no metric `x`",
        ),
        (
            {"kind": "exact", "fields": [{"name": "team", "wait": 1}]},
            "unknown_key",
            ("fields", 0, "wait"),
            "`wait` means nothing here",
        ),
        ({"kind": "exact", "fields": ["team"], "params": []}, "wrong_type", ("params",), "`params` is an object"),
        (
            {"kind": "exact", "fields": ["team"], "params": {"abs": 1}},
            "unknown_key",
            ("params", "abs"),
            "`abs` means nothing here",
        ),
        (
            {"kind": "numeric", "fields": ["team"], "params": {"absolute": True}},
            "out_of_range",
            ("params", "absolute"),
            "`absolute` is a number from 0 to 1000000",
        ),
        (
            {"kind": "numeric", "fields": ["team"], "params": {"relative": float("nan")}},
            "out_of_range",
            ("params", "relative"),
            "`relative` is a number from 0 to 1000000",
        ),
    ],
)
def test_a_mistake_is_said_with_its_path(data: Any, code: str, path: tuple[str | int, ...], says: str) -> None:
    with pytest.raises(Invalid) as caught:
        metric_from_json(data, definition=TRIAGE)
    issue = caught.value.issues[0]
    assert (issue.code, issue.path, issue.message) == (code, path, says)


def test_the_nearest_kind_and_field_are_hinted_at() -> None:
    with pytest.raises(Invalid) as caught:
        metric_from_json({"kind": "token-f1", "fields": ["urgncy", "zzz"]}, definition=TRIAGE)
    assert [issue.hint for issue in caught.value.issues] == [
        "did you mean `token_f1`?",
        "did you mean `urgency`?",
        "the outputs are team, urgency, confidence",
    ]
