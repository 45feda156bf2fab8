"""Trees of nodes: compared by structure, walked and rewritten."""

from __future__ import annotations

from copy import copy
from decimal import Decimal
from typing import Any

import pytest

from framework.expr.nodes import (
    FALSE,
    TRUE,
    ActorFact,
    Aggregate,
    Among,
    Combine,
    Compare,
    Comparison,
    Fold,
    IsNull,
    Logic,
    Node,
    Not,
    Ref,
    Some,
    Value,
    every,
    rewrite,
    walk,
)

SCORE = Ref("score")
HIGH = Compare(Comparison.GT, SCORE, Value(3))


def test_equal_trees_are_one_value() -> None:
    assert Compare(Comparison.GT, Ref("score"), Value(3)) == HIGH
    assert len({HIGH, Compare(Comparison.GT, Ref("score"), Value(3))}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (1, 1.0),
        (1, Decimal(1)),
        (0.0, -0.0),
        (Decimal("1.0"), Decimal("1.00")),
        ({"a": 1}, {"a": True}),
        ([0], [False]),
        ([[0]], [[0.0]]),
        (frozenset([1]), frozenset([True])),
    ],
)
def test_known_values_that_are_kept_differently_are_different(one: Any, other: Any) -> None:
    assert Value(one) != Value(other)
    assert Among(SCORE, (one, 2)) != Among(SCORE, (other, 2))
    assert Compare(Comparison.EQ, SCORE, Value(one)) != Compare(Comparison.EQ, SCORE, Value(other))
    assert Value(one) == Value(copy(one))
    assert len({Value(one), Value(other), Value(copy(one))}) == 2


def test_objects_are_one_value_whatever_the_order_of_their_names() -> None:
    assert Value({"a": 1, "b": [2]}) == Value({"b": [2], "a": 1})
    assert Value({"a": 1}) != Value({"a": 1, "b": 2})


def test_every_of_one_condition_is_that_condition() -> None:
    assert every(HIGH) is HIGH
    assert every(None, HIGH, TRUE) is HIGH


def test_every_of_no_condition_always_holds() -> None:
    assert every() == every(None) == TRUE


def test_every_of_several_conditions_keeps_their_order() -> None:
    assert every(HIGH, FALSE) == Combine(Logic.AND, (HIGH, FALSE))


def test_a_walk_meets_every_node_outermost_first() -> None:
    tree = Not(Some("runs", Combine(Logic.OR, (HIGH, IsNull(SCORE)))))
    assert list(walk(tree)) == [
        tree,
        tree.item,
        Combine(Logic.OR, (HIGH, IsNull(SCORE))),
        HIGH,
        SCORE,
        Value(3),
        IsNull(SCORE),
        SCORE,
    ]


def test_a_walk_goes_into_an_aggregate_and_past_its_plain_parts() -> None:
    tree = Aggregate(Fold.SUM, "runs", of=SCORE, where=Among(SCORE, (1, 2)), sort=(("score", True),))
    assert list(walk(tree)) == [tree, SCORE, Among(SCORE, (1, 2)), SCORE]


def test_a_rewrite_replaces_wherever_a_node_stands() -> None:
    def bind(node: Node) -> Node | None:
        return Value("ann") if isinstance(node, ActorFact) else None

    owner = Compare(Comparison.EQ, Ref("owner"), ActorFact("id"))
    bound = Compare(Comparison.EQ, Ref("owner"), Value("ann"))
    assert rewrite(Some("runs", every(HIGH, owner)), bind) == Some("runs", every(HIGH, bound))
    assert rewrite(ActorFact("id"), bind) == Value("ann")


def test_what_replaced_a_node_is_not_looked_into() -> None:
    def negate(node: Node) -> Node | None:
        return Not(node) if isinstance(node, Compare) else None

    assert rewrite(HIGH, negate) == Not(HIGH)


def test_a_rewrite_that_changes_nothing_gives_an_equal_tree() -> None:
    tree = Not(Combine(Logic.AND, (HIGH, Among(SCORE, (1, None)))))
    assert rewrite(tree, lambda _: None) == tree
