"""What `changing(…)` comes to for one action: plain conditions on the record as it was and on what the call gives."""

from __future__ import annotations

from framework.expr.asked import Changing, Given, Gives
from framework.expr.nodes import (
    FALSE,
    TRUE,
    Combine,
    Compare,
    Comparison,
    IsNull,
    Logic,
    Node,
    Not,
    Ref,
    Value,
    every,
    rewrite,
)
from framework.spec.action import ActionKind, ActionSpec

ABSENT = Value(None)


def as_carried_out(node: Node, action: ActionSpec) -> Node:
    """The condition without any `Changing` in it: what that is of this action."""
    return rewrite(node, lambda part: _changing(part, action) if isinstance(part, Changing) else None)


def may_change(action: ActionSpec, name: str) -> bool:
    """Whether the action can make another value of the attribute by what it says of itself."""
    moved = action.transition is not None and action.transition.attribute == name
    return moved or name in action.accept


def _changing(part: Changing, action: ActionSpec) -> Node:
    """A record that is made was nothing before; the target of a move is known; else the call says what it becomes."""
    name = part.item.name if isinstance(part.item, Ref) else ""
    if action.kind is ActionKind.CREATE:
        if part.before is not None and ABSENT not in part.before:
            return FALSE
        return Not(IsNull(part.item)) if part.after is None else _one_of(part.item, part.after)
    if action.transition is not None and action.transition.attribute == name:
        target = Value(action.transition.target)
        return every(_differ(part.item, target), *_ends(part, target))
    if name in action.accept:
        return every(Gives(name), _differ(part.item, Given(name)), *_ends(part, Given(name)))
    return FALSE


def _ends(part: Changing, becomes: Node) -> tuple[Node, ...]:
    """That it was one of the values before, and becomes one of those after."""
    before = TRUE if part.before is None else _one_of(part.item, part.before)
    after = TRUE if part.after is None else _one_of(becomes, part.after)
    return before, after


def _one_of(item: Node, values: tuple[Node, ...]) -> Node:
    tests = (IsNull(item) if value == ABSENT else _equal(item, value) for value in values)
    return Combine(Logic.OR, tuple(tests))


def _equal(item: Node, value: Node) -> Node:
    """Never unknown of a value that is there."""
    return every(Not(IsNull(item)), Compare(Comparison.EQ, item, value))


def _differ(item: Node, other: Node) -> Node:
    """Whether they are two things, of which one may be absent: never unknown."""
    one, two = IsNull(item), IsNull(other)
    both = every(Not(one), Not(two), Compare(Comparison.NE, item, other))
    return Combine(Logic.OR, (every(one, Not(two)), every(Not(one), two), both))
