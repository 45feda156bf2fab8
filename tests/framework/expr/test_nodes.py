"""Trees of nodes: compared by structure, walked and rewritten."""

from __future__ import annotations

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
