"""The value of an expression for one record, in SQL's three-valued logic: an absent value is unknown, as None."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter, methodcaller
from typing import Any

from framework.expr.arithmetic import combine
from framework.expr.beyond import Beyond
from framework.expr.comparing import among, comparable, compare, ordered
from framework.expr.folding import fold
from framework.expr.matching import matches
from framework.expr.nodes import (
    Aggregate,
    Along,
    Among,
    Arithmetic,
    Call,
    Case,
    Combine,
    Compare,
    Comparison,
    Function,
    IsNull,
    Logic,
    Match,
    Node,
    Not,
    Outer,
    Ref,
    Some,
    Value,
)
from framework.expr.subject import Subject
from framework.expr.whole import Whole

Seen = tuple[Subject, ...]
"""The record at hand, and behind it those that the expression led over to get there."""


def holds(condition: Node | None, subject: Subject) -> bool:
    """Whether the condition is true of the record: unknown is not; no condition is."""
    return condition is None or evaluate(condition, subject) is True


def evaluate(node: Node, subject: Subject) -> Any:
    """The value; arguments and facts about the actor must have been bound before."""
    return _value(node, (subject,))


def _value(node: Node, seen: Seen) -> Any:
    match node:
        case Value(value):
            return value
        case Ref() | Along() | Outer():
            return _reference(node, seen)
        case Arithmetic(op, left, right):
            return combine(op, _value(left, seen), _value(right, seen))
        case Call(function, args):
            return _call(function, args, seen)
        case Case(when, then, otherwise):
            return _value(then if _value(when, seen) is True else otherwise, seen)
        case Aggregate():
            return _aggregate(node, seen)
        case Whole(inner):
            return _value(inner, tuple(each.whole() for each in seen))
        case _:
            return _condition(node, seen)


def _reference(node: Ref | Along | Outer, seen: Seen) -> Any:
    match node:
        case Ref(name):
            return seen[0].value(name)
        case Along(link, inner):
            return next((_value(inner, (found, *seen)) for found in seen[0].related(link)), None)
        case Outer(steps, inner):
            return _value(inner, (seen[steps], *seen))


def _condition(node: Node, seen: Seen) -> bool | None:
    match node:
        case Compare(op, left, right):
            return compare(op, _value(left, seen), _value(right, seen))
        case Beyond(pairs=pairs):
            return _beyond([(_value(pair.left, seen), _value(pair.right, seen)) for pair in pairs])
        case Combine(op, items):
            return _combined(op, (_value(item, seen) for item in items))
        case Not(item):
            answer = _value(item, seen)
            return None if answer is None else not answer
        case IsNull(item):
            return _value(item, seen) is None
        case Among(item, values):
            return among(_value(item, seen), values)
        case Match(op, item, pattern):
            text, wanted = comparable(_value(item, seen)), comparable(_value(pattern, seen))
            return None if text is None or wanted is None else matches(op, text, wanted)
        case Some(link, where):
            return any(_value(where, (found, *seen)) is True for found in seen[0].related(link))
        case _:
            raise TypeError(f"{node!r} has no value before it is settled and bound")


def _beyond(pairs: Sequence[tuple[Any, Any]]) -> bool | None:
    """What the first pair says that differs; an absent value before it leaves it open."""
    for item, place in pairs:
        same = compare(Comparison.EQ, item, place)
        if same is not True:
            return None if same is None else compare(Comparison.GT, item, place)
    return False


def _combined(op: Logic, answers: Iterable[bool | None]) -> bool | None:
    given = list(answers)
    decisive = op is Logic.OR
    return decisive if decisive in given else None if None in given else not decisive


def _call(function: Function, args: Sequence[Node], seen: Seen) -> Any:
    if function in (Function.NOW, Function.TRANSACTION, Function.HORIZON, Function.STORE):
        return seen[0].ask(function)
    values = [_value(arg, seen) for arg in args]
    if function is Function.COALESCE:
        return next((value for value in values if value is not None), None)
    value = comparable(values[0])
    if value is None:
        return None
    match function:
        case Function.LOWER:
            return value.lower()
        case Function.UPPER:
            return value.upper()
        case Function.LENGTH:
            return len(value)
        case _:
            return abs(value)


def _aggregate(node: Aggregate, seen: Seen) -> Any:
    related = seen[0].related(node.link)
    found = [one for one in related if node.where is None or _value(node.where, (one, *seen)) is True]
    found = ordered(found, attrgetter("key"), descending=False)
    for name, descending in reversed(node.sort):
        found = ordered(found, methodcaller("value", name), descending=descending)
    return fold(node.fold, [True if node.of is None else _value(node.of, (one, *seen)) for one in found])
