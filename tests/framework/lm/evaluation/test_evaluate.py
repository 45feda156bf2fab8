from __future__ import annotations

import pytest

from framework.errors import Invalid
from framework.lm.calls.cancellation import Cancellation
from framework.lm.calls.execute import LmLayer
from framework.lm.evaluation.evaluate import EvaluationOptions, evaluate
from framework.lm.evaluation.evaluation import Example, Subject
from framework.lm.evaluation.statistics import interval
from framework.lm.metrics.metric_json import metric_from_json
from framework.lm.models.model import ModelDefinition, ModelParams
from framework.lm.programs.program import ProgramDefinition
from framework.lm.signatures.grammar import parse_signature
from framework.testing.scripted_lm import ScriptedLm
from tests.framework.lm.triage import METRIC, examples, subject

SLOW = ModelDefinition("slow", params=ModelParams(latency_ms=60_000))


async def test_rows_stand_in_the_order_of_the_examples() -> None:
    given = examples(30)
    seen: list[int] = []
    report = await evaluate(
        LmLayer(),
        subject(),
        examples=given,
        metric=METRIC,
        options=EvaluationOptions(on_row=lambda row: seen.append(row.position)),
    )
    assert [row.key for row in report.rows] == [example.key for example in given]
    assert sorted(seen) == list(range(30))
    assert report.mean == sum(row.score or 0 for row in report.rows) / 30
    assert report.spend.calls == 30


async def test_one_bad_example_is_one_failed_row() -> None:
    given = [*examples(3), Example({"ticket": 3}, {"team": "billing"}), Example({"ticket": "a"}, {})]
    report = await evaluate(LmLayer(), subject(), examples=given, metric=METRIC)
    assert [row.failure is not None for row in report.rows] == [False, False, False, True, True]
    assert [row.failure.issues[0].code for row in report.rows if row.failure] == ["wrong_type", "no_expectation"]
    assert (report.n, report.failed) == (5, 2)
    assert report.spend.calls == 4


async def test_concurrency_changes_nothing_but_the_time() -> None:
    reports = [
        await evaluate(
            LmLayer(), subject(), examples=examples(20), metric=METRIC, options=EvaluationOptions(concurrency=count)
        )
        for count in (1, 7, 500)
    ]
    assert len({tuple(row.score for row in report.rows) for report in reports}) == 1


async def test_a_cancelled_evaluation_stops_in_the_middle_of_a_call() -> None:
    cancellation = Cancellation()
    given = examples(5)

    report = await evaluate(
        LmLayer(),
        subject(),
        examples=given,
        metric=METRIC,
        options=EvaluationOptions(1, lambda _: cancellation.cancel(), cancellation),
    )
    assert report.cancelled
    assert report.n < 5
    never = await evaluate(
        LmLayer(),
        subject(model=SLOW),
        examples=given,
        metric=METRIC,
        options=EvaluationOptions(cancellation=cancellation),
    )
    assert (never.cancelled, never.n) == (True, 0)


async def test_nothing_to_evaluate_on_is_refused() -> None:
    with pytest.raises(Invalid):
        await evaluate(LmLayer(), subject(), examples=[], metric=METRIC)


def test_scores_of_zero_and_one_get_wilsons_interval() -> None:
    found = interval([1.0] * 8 + [0.0] * 2)
    assert found is not None
    assert (found.method, round(found.low, 3), round(found.high, 3)) == ("wilson", 0.49, 0.943)
    none, all_of_them = interval([0.0] * 4), interval([1.0] * 4)
    assert none is not None
    assert all_of_them is not None
    assert (none.low, round(none.high, 3), round(all_of_them.low, 3), all_of_them.high) == (0.0, 0.49, 0.51, 1.0)


def test_other_scores_are_resampled_always_alike() -> None:
    scores = [0.1, 0.5, 0.9, 0.4, 0.8, 0.3, 0.7]
    found = interval(scores)
    assert found is not None
    # As scipy's `bootstrap(…, method="BCa", rng=default_rng(0))` has it.
    assert (found.method, round(found.low, 3), round(found.high, 3)) == ("bca_bootstrap", 0.329, 0.715)
    assert found == interval(scores)


@pytest.mark.parametrize("scores", [[], [0.5], [0.5, 0.5, 0.5]])
def test_where_nothing_varies_no_interval_is_claimed(scores: list[float]) -> None:
    assert interval(scores) is None


async def test_a_label_in_another_form_than_the_answer_is_the_same_value() -> None:
    """A dataset without a signature keeps its labels as they came."""
    signature = parse_signature("q -> n: int, sure: bool, at: datetime")
    asked = Subject(ProgramDefinition("ask", signature), ModelDefinition("scripted"))
    metric = metric_from_json({"kind": "exact"}, definition=signature)
    said = {"n": 5, "sure": True, "at": "2026-05-01T10:00:00Z"}
    labels = {"n": "5", "sure": "True", "at": "2026-05-01T12:00:00+02:00", "more": 1}
    given = [Example({"q": "a"}, labels), Example({"q": "b"}, {**labels, "n": "none"})]
    report = await evaluate(ScriptedLm(lambda _: said), asked, examples=given, metric=metric)
    assert [row.score for row in report.rows] == [1.0, 0.0]
