"""Metrics: how alike two outputs are, and why not."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.errors import Invalid
from framework.lm.fields.semantic_types import Citation
from framework.lm.metrics.metric_kinds import MetricKind, Tolerance, compare
from framework.lm.metrics.metrics import MetricDefinition, MetricField

KINDS = st.sampled_from(list(MetricKind))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["the a", "1,000", "[1]"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize(
    ("kind", "expected", "actual", "score"),
    [
        (MetricKind.EXACT, "a", "a", 1.0),
        (MetricKind.EXACT, "a", "A", 0.0),
        (MetricKind.EXACT, 1, 1.0, 1.0),
        (MetricKind.EXACT, 1, True, 0.0),
        (MetricKind.EXACT, float("nan"), float("nan"), 1.0),
        (MetricKind.EXACT, float("nan"), 1.0, 0.0),
        (MetricKind.EXACT, [1, {"a": None}], [1, {"a": None}], 1.0),
        (MetricKind.EXACT, date(2026, 11, 21), "2026-11-21", 1.0),
        (MetricKind.EXACT, Citation(source="a", quote="b"), {"source": "a", "quote": "b"}, 1.0),
        (MetricKind.NORMALIZED, "  New\tYork ", "new york", 1.0),
        (MetricKind.NORMALIZED, "\ufb01ne", "FINE", 1.0),
        (MetricKind.NORMALIZED, "new york", "newyork", 0.0),
        (MetricKind.TOKEN_F1, "the cat sat", "a cat, SAT.", 1.0),
        (MetricKind.TOKEN_F1, "cat sat", "cat ran off", 0.4),
        (MetricKind.TOKEN_F1, "cat cat", "cat", 2 / 3),
        (MetricKind.TOKEN_F1, "cat", "dog", 0.0),
        (MetricKind.TOKEN_F1, "the", "a", 1.0),
        (MetricKind.TOKEN_F1, "the", "cat", 0.0),
        (MetricKind.CONTAINS, "Paris", "It is  paris, I think", 1.0),
        (MetricKind.CONTAINS, "It is paris", "paris", 0.0),
        (MetricKind.CONTAINS, "", "anything", 0.0),
        (MetricKind.NUMERIC, 1.0, "1.005", 1.0),
        (MetricKind.NUMERIC, 1.0, 1.5, 0.0),
        (MetricKind.NUMERIC, "1,234.5", 1234.5, 1.0),
        (MetricKind.NUMERIC, 1.5, "1,5", 0.0),
        (MetricKind.NUMERIC, 1, "one", 0.0),
        (MetricKind.NUMERIC, 1, True, 0.0),
        (MetricKind.NUMERIC, 1, [1], 0.0),
        (MetricKind.NUMERIC, "nan", "NaN", 0.0),
        (MetricKind.NUMERIC, 10**400, 1, 0.0),
        (MetricKind.JSON, '{"a": 1, "b": [2]}', {"b": [2.0], "a": 1}, 1.0),
        (MetricKind.JSON, "[1, 2]", "[2, 1]", 0.0),
        (MetricKind.JSON, "not json", "not  json", 0.0),
        (MetricKind.JSON, "[" * 900 + "]" * 900, "[" * 900 + " " + "]" * 900, 0.0),
    ],
)
def test_each_comparison_has_its_own_idea_of_alike(kind: MetricKind, expected: Any, actual: Any, score: float) -> None:
    assert compare(kind, expected, actual, tolerance=Tolerance(absolute=0.01)) == pytest.approx(score)


def test_a_relative_tolerance_grows_with_the_number() -> None:
    assert compare(MetricKind.NUMERIC, 1000, 1009, tolerance=Tolerance(relative=0.01)) == 1.0
    assert compare(MetricKind.NUMERIC, 10, 19, tolerance=Tolerance(relative=0.01)) == 0.0


@given(KINDS, VALUES, VALUES)
def test_a_score_lies_between_nothing_and_one(kind: MetricKind, expected: Any, actual: Any) -> None:
    assert 0.0 <= compare(kind, expected, actual) <= 1.0


@given(KINDS.filter(lambda kind: kind is not MetricKind.CONTAINS), VALUES, VALUES)
def test_all_comparisons_but_contains_are_symmetric(kind: MetricKind, one: Any, other: Any) -> None:
    assert compare(kind, one, other) == compare(kind, other, one)


@given(KINDS, VALUES, VALUES)
def test_what_is_exactly_right_is_right_by_every_measure(kind: MetricKind, expected: Any, actual: Any) -> None:
    if compare(MetricKind.EXACT, expected, actual) == 1.0:
        assert compare(kind, expected, actual) == 1.0


@given(KINDS, st.text())
def test_a_text_is_like_itself_by_every_measure(kind: MetricKind, text: str) -> None:
    assert compare(kind, text, text) == 1.0


@given(st.text(), st.text())
def test_normalized_text_contains_itself(expected: str, actual: str) -> None:
    if compare(MetricKind.NORMALIZED, expected, actual) == 1.0:
        assert compare(MetricKind.CONTAINS, expected, actual) == 1.0


TRIAGE = MetricDefinition(
    MetricKind.EXACT, (MetricField("team", 3.0), MetricField("reply", 1.0, MetricKind.TOKEN_F1)), Tolerance()
)


def test_fields_count_by_their_weights() -> None:
    expected = {"team": "billing", "reply": "cat sat"}
    assert TRIAGE.score(expected, {"team": "billing", "reply": "dog"}) == 0.75
    assert TRIAGE.score(expected, {"team": "sales", "reply": "cat sat"}) == 0.25
    assert TRIAGE.by_field(expected, {"team": "sales", "reply": "cat ran off"}) == {"team": 0.0, "reply": 0.4}


def test_a_missing_output_counts_nothing() -> None:
    assert TRIAGE.score({"team": "billing", "reply": "x"}, {"reply": "x"}) == 0.25


def test_a_field_without_expectation_does_not_count() -> None:
    assert TRIAGE.score({"team": "billing", "other": 1}, {"team": "billing", "reply": "x"}) == 1.0


def test_an_example_that_expects_nothing_cannot_be_scored() -> None:
    with pytest.raises(Invalid) as caught:
        TRIAGE.score({"other": 1}, {"team": "billing"})
    assert caught.value.issues[0].code == "no_expectation"


def test_an_explanation_says_which_fields_were_wrong() -> None:
    expected = {"team": "billing", "reply": "cat sat"}
    assert TRIAGE.explain(expected, {"team": "sales", "reply": "cat ran off"}).splitlines() == [
        '`team` is wrong: expected "billing", got "sales".',
        '`reply` is only partly right (0.40): expected "cat sat", got "cat ran off".',
    ]
    assert TRIAGE.explain(expected, {"team": "billing"}).splitlines() == [
        '`team` is right: "billing".',
        '`reply` is missing: expected "cat sat".',
    ]


def test_an_explanation_shows_no_more_than_the_beginning_of_long_values() -> None:
    assert len(TRIAGE.explain({"reply": "x" * 5000}, {"reply": "y" * 5000})) < 700


@given(
    st.dictionaries(st.sampled_from(["team", "reply"]), VALUES, min_size=1),
    st.dictionaries(st.sampled_from(["team", "reply"]), VALUES),
)
def test_a_weighted_score_lies_between_nothing_and_one(expected: dict[str, Any], actual: dict[str, Any]) -> None:
    assert 0.0 <= TRIAGE.score(expected, actual) <= 1.0
    assert TRIAGE.score(expected, expected) == 1.0
    assert TRIAGE.explain(expected, actual)


@pytest.mark.parametrize(
    ("expected", "actual"),
    [("US", "U.S."), ("OBrien 3000", "O'Brien 3,000"), ("dont stop", "don't stop"), ("wellknown", "the well-known")],
)
def test_punctuation_does_not_divide_a_word(expected: str, actual: str) -> None:
    """As in the script of SQuAD, which takes it away and puts nothing in its place."""
    assert compare(MetricKind.TOKEN_F1, expected, actual) == 1.0
