"""Expressions written as Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from framework.expr.build import Expr, Related, Walk, actor, argument_value, moment, node_of, walk_from
from framework.expr.nodes import (
    ActorFact,
    Among,
    Arg,
    Arithmetic,
    Call,
    Combine,
    Compare,
    Comparison,
    Function,
    IsNull,
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
from framework.expr.scopes import Path

A, B = Ref("a"), Ref("b")
a: Expr[Any] = Expr(lambda: A)
b: Expr[Any] = Expr(lambda: B)


@pytest.mark.parametrize(
    ("written", "node"),
    [
        (a == 1, Compare(Comparison.EQ, A, Value(1))),
        (a != b, Compare(Comparison.NE, A, B)),
        (a < 1, Compare(Comparison.LT, A, Value(1))),
        (a <= 1, Compare(Comparison.LE, A, Value(1))),
        (a > 1, Compare(Comparison.GT, A, Value(1))),
        (a >= 1, Compare(Comparison.GE, A, Value(1))),
        (1 < a, Compare(Comparison.GT, A, Value(1))),  # noqa: SIM300 - it is the turned order that is tried
        (
            (a == 1) & (b == 2),
            Combine(Logic.AND, (Compare(Comparison.EQ, A, Value(1)), Compare(Comparison.EQ, B, Value(2)))),
        ),
        (
            (a == 1) | (b == 2),
            Combine(Logic.OR, (Compare(Comparison.EQ, A, Value(1)), Compare(Comparison.EQ, B, Value(2)))),
        ),
        (~a, Not(A)),
        (a + 1, Arithmetic(Operator.ADD, A, Value(1))),
        (a - b, Arithmetic(Operator.SUBTRACT, A, B)),
        (a * 2, Arithmetic(Operator.MULTIPLY, A, Value(2))),
        (a / 2, Arithmetic(Operator.DIVIDE, A, Value(2))),
        (a.one_of(x for x in (1, 2)), Among(A, (1, 2))),
        (a.like("%x"), Match(Matching.LIKE, A, Value("%x"))),
        (a.like(b + "%"), Match(Matching.LIKE, A, Arithmetic(Operator.ADD, B, Value("%")))),
        (a.contains(argument_value("q")), Match(Matching.CONTAINS, A, Arg("q"))),
        (a.starts_with(b), Match(Matching.STARTS_WITH, A, B)),
        (a.ilike("%x"), Match(Matching.ILIKE, A, Value("%x"))),
        (a.contains("x"), Match(Matching.CONTAINS, A, Value("x"))),
        (a.starts_with("x"), Match(Matching.STARTS_WITH, A, Value("x"))),
        (a.ends_with("x"), Match(Matching.ENDS_WITH, A, Value("x"))),
        (a.lower(), Call(Function.LOWER, (A,))),
        (a.upper(), Call(Function.UPPER, (A,))),
        (a.length(), Call(Function.LENGTH, (A,))),
        (a.or_else(0), Call(Function.COALESCE, (A, Value(0)))),
        (a == None, IsNull(A)),  # noqa: E711 - a condition, not a test
        (a != None, Not(IsNull(A))),  # noqa: E711 - a condition, not a test
        (a.is_null(), IsNull(A)),
        (argument_value("note"), Arg("note")),
        (actor("id"), ActorFact("id")),
        (moment(), Call(Function.NOW)),
    ],
)
def test_python_becomes_a_tree(written: Expr[Any], node: Node) -> None:
    assert written.node == node


def test_a_path_is_walked_by_name() -> None:
    root: Any = walk_from(None)
    assert root.program.project.name.node == along("program", "project", "name")


def test_a_path_ends_in_a_condition_on_what_is_related() -> None:
    root: Any = walk_from(None)
    node = root.program.runs.any(lambda run: run.score > 1).node
    assert node == Some("program", Some("runs", Compare(Comparison.GT, Ref("score"), Value(1))))


def test_a_private_name_is_no_step_of_a_path() -> None:
    with pytest.raises(AttributeError):
        walk_from(None)._secret  # noqa: B018 - reading it is the act


def test_a_name_may_be_settled_after_the_expression_is_written() -> None:
    names = ["early"]
    expression = Walk(lambda: Path(None, (names[0],))) == 1
    names[0] = "late"
    assert expression.node == Compare(Comparison.EQ, Ref("late"), Value(1))


def test_a_condition_on_related_records_is_seen_from_them() -> None:
    condition: Callable[[Any], Expr[bool]] = lambda run: run.score.is_null()  # noqa: E731 - typed
    assert Related[Any](lambda: Path(None, ("runs",))).any(condition).node == Some("runs", IsNull(Ref("score")))


def test_a_plain_value_becomes_a_node_and_a_node_stays_one() -> None:
    assert node_of(3) == Value(3)
    assert node_of(A) is A
    assert node_of(a) is A


@pytest.mark.parametrize("decide", [lambda: bool(a > 1), lambda: a > 1 and b > 1, lambda: 1 < a < 3])
def test_an_expression_is_not_decided_by_python(decide: Callable[[], object]) -> None:
    with pytest.raises(TypeError, match="an expression has no truth of its own"):
        decide()


def test_an_order_knows_its_direction() -> None:
    assert not a.asc().descending
    assert a.desc().descending
    assert a.desc().by is a
