"""The value of an expression for one record, in SQL's three-valued logic: an absent value is unknown, as None."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter, methodcaller
from typing import Any, TypeVar

from framework.expr.arithmetic import combine
from framework.expr.comparing import among, comparable, compare, ordered
from framework.expr.folding import fold
from framework.expr.matching import matches
from framework.expr.nodes import (
    Aggregate,
    Among,
    Arithmetic,
    Call,
    Case,
    Combine,
    Compare,
    Function,
    IsNull,
    Logic,
    Match,
    Node,
    Not,
    Ref,
    Some,
    Value,
)
from framework.expr.subject import Subject

S = TypeVar("S", bound=Subject)


def holds(condition: Node | None, subject: Subject) -> bool:
    """Whether the condition is true of the record: unknown is not; no condition is."""
    return condition is None or evaluate(condition, subject) is True


def evaluate(node: Node, subject: Subject) -> Any:
    """The value; arguments and facts about the actor must have been bound before."""
    match node:
        case Value(value):
            return value
        case Ref(path):
            return _at(path, subject)
        case Arithmetic(op, left, right):
            return combine(op, evaluate(left, subject), evaluate(right, subject))
        case Call(function, args):
            return _call(function, args, subject)
        case Case(when, then, otherwise):
            return evaluate(then if holds(when, subject) else otherwise, subject)
        case Aggregate():
            return _aggregate(node, subject)
        case _:
            return _condition(node, subject)


def _condition(node: Node, subject: Subject) -> bool | None:
    match node:
        case Compare(op, left, right):
            return compare(op, evaluate(left, subject), evaluate(right, subject))
        case Combine(op, items):
            return _combined(op, (evaluate(item, subject) for item in items))
        case Not(item):
            answer = evaluate(item, subject)
            return None if answer is None else not answer
        case IsNull(item):
            return evaluate(item, subject) is None
        case Among(item, values):
            return among(evaluate(item, subject), values)
        case Match(op, item, pattern):
            text, wanted = comparable(evaluate(item, subject)), comparable(evaluate(pattern, subject))
            return None if text is None or wanted is None else matches(op, text, wanted)
        case Some(path, where):
            return any(holds(where, found) for found in _along(path, [subject]))
        case _:
            raise TypeError(f"{node!r} has no value before it is bound")


def _combined(op: Logic, answers: Iterable[bool | None]) -> bool | None:
    given = list(answers)
    decisive = op is Logic.OR
    return decisive if decisive in given else None if None in given else not decisive


def _at(path: Sequence[str], subject: Subject) -> Any:
    *links, name = path
    end = next(iter(_along(links, [subject])), None)
    return None if end is None else end.value(name)


def _along(path: Sequence[str], subjects: Sequence[S]) -> Sequence[S]:
    for link in path:
        subjects = [found for subject in subjects for found in subject.related(link)]
    return subjects


def _call(function: Function, args: Sequence[Node], subject: Subject) -> Any:
    if function in (Function.NOW, Function.TRANSACTION, Function.HORIZON):
        return subject.ask(function)
    values = [evaluate(arg, subject) for arg in args]
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


def _aggregate(node: Aggregate, subject: Subject) -> Any:
    found = [related for related in subject.related(node.relationship) if holds(node.where, related)]
    found = ordered(found, attrgetter("key"), descending=False)
    for name, descending in reversed(node.sort):
        found = ordered(found, methodcaller("value", name), descending=descending)
    return fold(node.fold, [True if node.of is None else evaluate(node.of, record) for record in found])
