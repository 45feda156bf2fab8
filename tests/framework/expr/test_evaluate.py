"""Expressions worked out for one record, in three-valued logic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel

from framework.expr.build import Expr, actor, node_of, walk_from
from framework.expr.evaluate import evaluate, holds
from framework.expr.nodes import (
    FALSE,
    TRUE,
    Aggregate,
    Among,
    Arg,
    Arithmetic,
    Call,
    Case,
    Combine,
    Fold,
    Function,
    Logic,
    Match,
    Matching,
    Node,
    Not,
    Operator,
    Ref,
    Some,
    Value,
    along,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY = UUID(int=7)
YES, NO, UNKNOWN = Value(True), Value(False), Value(None)


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Point(BaseModel):
    x: int


@dataclass(frozen=True)
class Thing:
    """A subject that is what it is told to be."""

    values: Mapping[str, Any] = field(default_factory=dict)
    links: Mapping[str, Sequence[Thing]] = field(default_factory=dict)

    @property
    def key(self) -> Any:
        return self.values["id"]

    def value(self, name: str) -> Any:
        return self.values[name]

    def related(self, link: str) -> Sequence[Thing]:
        return self.links[link]

    def whole(self) -> Thing:
        return self

    def ask(self, function: Function) -> Any:
        return {Function.NOW: NOON, Function.TRANSACTION: 3, Function.HORIZON: 2}[function]


def value_of(node: Node | Expr[Any], **values: Any) -> Any:
    return evaluate(node_of(node), Thing(values))


it: Any = walk_from(None)


@pytest.mark.parametrize(
    ("op", "items", "answer"),
    [
        (Logic.AND, [YES, YES], True),
        (Logic.AND, [YES, NO], False),
        (Logic.AND, [YES, UNKNOWN], None),
        (Logic.AND, [UNKNOWN, NO], False),
        (Logic.AND, [], True),
        (Logic.OR, [NO, NO], False),
        (Logic.OR, [NO, YES], True),
        (Logic.OR, [NO, UNKNOWN], None),
        (Logic.OR, [UNKNOWN, YES], True),
        (Logic.OR, [], False),
    ],
)
def test_conditions_combine_with_what_is_unknown(op: Logic, items: list[Node], answer: object) -> None:
    assert value_of(Combine(op, tuple(items))) is answer


def test_the_opposite_of_unknown_is_unknown() -> None:
    assert [value_of(Not(item)) for item in (YES, NO, UNKNOWN)] == [False, True, None]


def test_a_condition_that_is_unknown_does_not_hold() -> None:
    assert [holds(item, Thing()) for item in (YES, NO, UNKNOWN, TRUE, FALSE, None)] == [
        True, False, False, True, False, True,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "expression",
    [it.a == 1, it.a != 1, it.a < 1, it.a + 1, it.a / 2, it.a.like("%"), it.a.lower(), it.a.length(), it.a.one_of([1])],
)
def test_what_is_asked_of_an_absent_value_is_unknown(expression: Expr[Any]) -> None:
    assert value_of(expression, a=None) is None


def test_whether_a_value_is_absent_is_never_unknown() -> None:
    assert value_of(it.a.is_null(), a=None) is True
    assert value_of(it.a.is_null(), a=0) is False


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (Colour.RED, "red"),
        (Decimal("0.1"), 0.1),
        (Decimal("1.0"), 1),
        (Point(x=1), {"x": 1}),
        ([Colour.RED], ["red"]),
        ({"c": Colour.RED}, {"c": "red"}),
        (KEY, str(KEY)),
    ],
)
def test_values_that_are_stored_alike_are_equal(left: Any, right: Any) -> None:
    assert value_of(it.a == it.b, a=left, b=right) is True
    assert value_of(it.a == it.b, a=right, b=left) is True
    assert value_of(it.a != it.b, a=left, b=right) is False


def test_an_identifier_equals_no_text_that_is_none() -> None:
    assert value_of(it.a == "worker-1", a=KEY) is False


def test_text_is_ordered_by_code_point() -> None:
    assert value_of(it.a < "a", a="Z") is True
    assert value_of(it.a < "z", a="é") is False


def test_a_value_among_those_listed_is_unknown_when_an_absent_one_leaves_it_open() -> None:
    assert value_of(Among(Value(1), (2, 1, None))) is True
    assert value_of(Among(Value(3), (2, 1, None))) is None
    assert value_of(Among(Value(3), (2, 1))) is False


def test_nothing_is_among_none() -> None:
    assert value_of(Among(Value(1), ())) is False
    assert value_of(Among(Value(None), ())) is False


@pytest.mark.parametrize(
    ("op", "text", "pattern", "answer"),
    [
        (Matching.LIKE, "Dune", "D%e", True),
        (Matching.LIKE, "Dune", "d%", False),
        (Matching.LIKE, "Dune", "D_n_", True),
        (Matching.LIKE, "Dune", "Dun", False),
        (Matching.LIKE, "a\nb", "a%b", True),
        (Matching.LIKE, "a.b", "a_b", True),
        (Matching.LIKE, "axb", "a.b", False),
        (Matching.LIKE, "50%", r"50\%", True),
        (Matching.LIKE, "500", r"50\%", False),
        (Matching.LIKE, "a\\b", r"a\\b", True),
        (Matching.LIKE, "a\\", "a\\", True),
        (Matching.LIKE, "", "", True),
        (Matching.ILIKE, "DUNE", "d%E", True),
        (Matching.CONTAINS, "50% off", "% o", True),
        (Matching.CONTAINS, "Dune", "_", False),
        (Matching.CONTAINS, "Dune", "", True),
        (Matching.STARTS_WITH, "Dune", "Du", True),
        (Matching.STARTS_WITH, "Dune", "%", False),
        (Matching.ENDS_WITH, "Dune", "ne", True),
    ],
)
def test_a_text_matches(op: Matching, text: str, pattern: str, answer: object) -> None:
    assert value_of(Match(op, Value(text), Value(pattern))) is answer


def test_a_match_with_an_absent_pattern_is_unknown() -> None:
    assert value_of(Match(Matching.CONTAINS, Value("x"), Value(None))) is None


def test_an_enum_matches_by_its_stored_value() -> None:
    assert value_of(it.a.starts_with("re"), a=Colour.RED) is True


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        (it.a + it.b, 9),
        (it.a - it.b, 5),
        (it.a * it.b, 14),
        (it.a / it.b, 3.5),
        (it.a / 0, None),
        (it.d + it.a, Decimal("7.1")),
        (it.d + it.d + it.d, Decimal("0.3")),
        (it.d / 4, Decimal("0.025")),
        (it.d * 0.5, 0.05),
        (Arithmetic(Operator.MULTIPLY, Value(0.5), Ref("d")), 0.05),
    ],
)
def test_numbers_are_made_one(expression: Any, answer: Any) -> None:
    found = value_of(expression, a=7, b=2, d=Decimal("0.1"))
    assert found == answer
    assert type(found) is type(answer)


def test_a_difference_of_times_is_a_duration() -> None:
    assert value_of(it.a + (it.a - it.b), a=NOON, b=NOON.replace(hour=10)) == NOON.replace(hour=14)


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        (it.a.lower(), "dune"),
        (it.a.upper(), "DUNE"),
        (it.a.length(), 4),
        (it.gone.or_else(it.a), "Dune"),
        (it.a.or_else("x"), "Dune"),
        (it.gone.or_else(None), None),
        (Call(Function.ABS, (Value(-2),)), 2),
        (Call(Function.NOW), NOON),
        (Call(Function.TRANSACTION), 3),
        (Call(Function.HORIZON), 2),
    ],
)
def test_a_function_has_a_value(expression: Any, answer: Any) -> None:
    assert value_of(expression, a="Dune", gone=None) == answer


def test_a_case_takes_the_other_value_when_its_condition_is_unknown() -> None:
    assert [value_of(Case(when, Value("then"), Value("else"))) for when in (YES, NO, UNKNOWN)] == [
        "then",
        "else",
        "else",
    ]


OWNER = Thing({"id": 1, "name": "ann"})
RUNS = [
    Thing({"id": 3, "score": 2.0, "label": "c"}, {"owner": [OWNER]}),
    Thing({"id": 1, "score": None, "label": "a"}, {"owner": []}),
    Thing({"id": 2, "score": 1.0, "label": "b"}, {"owner": [OWNER]}),
]
PROGRAM = Thing({"id": 9}, {"runs": RUNS, "owner": [OWNER], "parent": [], "none": []})


def test_a_path_leads_over_links_and_is_unknown_where_there_is_no_record() -> None:
    assert evaluate(along("owner", "name"), PROGRAM) == "ann"
    assert evaluate(along("parent", "name"), PROGRAM) is None


def test_some_related_record_satisfies_a_condition_or_none_does() -> None:
    assert evaluate(Some("runs", (it.score > 1.5).node), PROGRAM) is True
    assert evaluate(Some("runs", (it.score > 2.5).node), PROGRAM) is False
    assert evaluate(Some("runs", Some("owner", (it.name == "ann").node)), PROGRAM) is True
    assert evaluate(Some("none", TRUE), PROGRAM) is False
    assert evaluate(Some("runs", UNKNOWN), PROGRAM) is False


@pytest.mark.parametrize(
    ("fold", "of", "answer", "of_none"),
    [
        (Fold.COUNT, None, 3, 0),
        (Fold.EXISTS, None, True, False),
        (Fold.SUM, "score", 3.0, None),
        (Fold.AVG, "score", 1.5, None),
        (Fold.MIN, "score", 1.0, None),
        (Fold.MAX, "label", "c", None),
        (Fold.FIRST, "label", "a", None),
        (Fold.FIRST, "score", None, None),
        (Fold.LIST, "label", ["a", "b", "c"], []),
        (Fold.LIST, "score", [1.0, 2.0], []),
    ],
)
def test_many_records_are_made_one_value(fold: Fold, of: str | None, answer: Any, of_none: Any) -> None:
    node = None if of is None else Ref(of)
    assert evaluate(Aggregate(fold, "runs", node), PROGRAM) == answer
    assert evaluate(Aggregate(fold, "none", node), PROGRAM) == of_none


def test_an_aggregate_looks_only_at_records_that_satisfy_its_condition() -> None:
    assert evaluate(Aggregate(Fold.COUNT, "runs", where=(it.score < 2.0).node), PROGRAM) == 1


def test_an_aggregate_of_values_follows_its_sort_with_absent_ones_last() -> None:
    labels = Ref("label")
    assert evaluate(Aggregate(Fold.LIST, "runs", labels, sort=(("score", False),)), PROGRAM) == ["b", "c", "a"]
    assert evaluate(Aggregate(Fold.LIST, "runs", labels, sort=(("score", True),)), PROGRAM) == ["c", "b", "a"]


def test_a_sum_of_decimals_is_exact() -> None:
    ten = [Thing({"id": n, "price": Decimal("0.10")}) for n in range(10)]
    assert evaluate(Aggregate(Fold.SUM, "runs", Ref("price")), Thing({}, {"runs": ten})) == Decimal("1.00")


@pytest.mark.parametrize("node", [Arg("note"), actor("id").node])
def test_what_is_not_bound_has_no_value(node: Node) -> None:
    with pytest.raises(TypeError, match="has no value before it is settled and bound"):
        value_of(node)
