"""Rules in words, as a review reads them."""

from __future__ import annotations

from framework.expr.asked import Changing, Given, Gives
from framework.expr.nodes import (
    ActorFact,
    Aggregate,
    Along,
    Among,
    Arg,
    Arithmetic,
    Call,
    Case,
    Combine,
    Compare,
    Comparison,
    Fold,
    Function,
    IsNull,
    Logic,
    Match,
    Matching,
    Node,
    Not,
    Operator,
    Outer,
    Ref,
    Some,
    Value,
)
from framework.spec.policy import ConditionSpec, PolicySpec

IS = {
    Comparison.EQ: "is",
    Comparison.NE: "is not",
    Comparison.LT: "is below",
    Comparison.LE: "is at most",
    Comparison.GT: "is above",
    Comparison.GE: "is at least",
}
OPPOSITE = {
    Comparison.EQ: Comparison.NE,
    Comparison.NE: Comparison.EQ,
    Comparison.LT: Comparison.GE,
    Comparison.GE: Comparison.LT,
    Comparison.GT: Comparison.LE,
    Comparison.LE: Comparison.GT,
}
MATCHES = {
    Matching.LIKE: "is like",
    Matching.ILIKE: "is like (in any case)",
    Matching.CONTAINS: "contains",
    Matching.STARTS_WITH: "starts with",
    Matching.ENDS_WITH: "ends with",
}
SIGNS = {Operator.ADD: "+", Operator.SUBTRACT: "-", Operator.MULTIPLY: "*", Operator.DIVIDE: "/"}
CALLS = {Function.LOWER: "lower case", Function.UPPER: "upper case", Function.LENGTH: "length", Function.ABS: "size"}
FOLDS = {Fold.SUM: "sum", Fold.AVG: "average", Fold.MIN: "least", Fold.MAX: "greatest", Fold.FIRST: "first"}


def rule_in_words(policy: PolicySpec) -> str:
    """What its conditions ask, and what it is for: "when `owner_id` is the actor's `id`, unless `locked`"."""
    said = conditions_in_words(policy.conditions)
    because = "" if policy.because is None else f" (because {policy.because})"
    return (said or "always") + because


def conditions_in_words(conditions: tuple[ConditionSpec, ...]) -> str:
    """All of them together; nothing where there are none."""
    when = _apart([each for each in conditions if not each.unless])
    unless = _apart([each for each in conditions if each.unless])
    parts = ([f"when {' and '.join(when)}"] if when else []) + ([f"unless {' or '.join(unless)}"] if unless else [])
    return ", ".join(parts)


def _apart(conditions: list[ConditionSpec]) -> list[str]:
    """Each of them; in brackets where it is of several parts and has a neighbour."""
    part = in_words if len(conditions) == 1 else _part
    return [each.says or part(each.node) for each in conditions]


def _part(node: Node) -> str:
    return f"({in_words(node)})" if isinstance(node, Combine) and len(node.items) > 1 else in_words(node)


def in_words(node: Node) -> str:
    """A condition or value in words that go on from "when"."""
    match node:
        case Compare(op, left, right):
            return f"{in_words(left)} {IS[op]} {in_words(right)}"
        case Combine(op, items):
            return _joined(op, items)
        case Not(item):
            return _opposite(item)
        case IsNull(item):
            return f"{in_words(item)} is absent"
        case Among(item, values):
            return f"{in_words(item)} is one of {', '.join(map(_value, values))}"
        case Some(link, where):
            return f"some of its `{link}` has that {_part(where)}"
        case _:
            return _value_in_words(node)


def _value_in_words(node: Node) -> str:
    match node:
        case Value(value):
            return _value(value)
        case ActorFact(name):
            return f"the actor's `{name}`"
        case Given(name) | Arg(name):
            return f"the `{name}` given"
        case Gives(name):
            return f"`{name}` is given"
        case Ref(name):
            return f"`{name}`"
        case Along(link, inner):
            return _after(link, in_words(inner))
        case Outer(_, inner):
            return f"{in_words(inner)} of the record"
        case _:
            return _made_in_words(node)


def _made_in_words(node: Node) -> str:
    match node:
        case Match(matching, item, pattern):
            return f"{in_words(item)} {MATCHES[matching]} {in_words(pattern)}"
        case Arithmetic(op, left, right):
            return f"{in_words(left)} {SIGNS[op]} {in_words(right)}"
        case Call():
            return _call(node)
        case Case(when, then, otherwise):
            return f"{in_words(then)} where {in_words(when)}, and else {in_words(otherwise)}"
        case Changing():
            return _changing(node)
        case Aggregate():
            return _aggregate(node)
        case _:
            return "an expression"


def _call(node: Call) -> str:
    match node:
        case Call(Function.COALESCE, args):
            return " or else ".join(map(in_words, args))
        case Call(function, (arg,)):
            return f"the {CALLS[function]} of {in_words(arg)}"
        case Call(function):
            return "the time" if function is Function.NOW else f"the store's {function}"


def _after(link: str, inner: str) -> str:
    """A path reads as one name: `project.owner_id`."""
    return f"`{link}.{inner[1:]}" if inner.startswith("`") else f"{inner} of its `{link}`"


def _joined(op: Logic, items: tuple[Node, ...]) -> str:
    if not items:
        return "always" if op is Logic.AND else "never"
    parts = (
        f"({in_words(item)})" if isinstance(item, Combine) and item.op is not op else in_words(item) for item in items
    )
    return f" {op} ".join(parts)


def _opposite(item: Node) -> str:
    match item:
        case Compare(op, left, right):
            return in_words(Compare(OPPOSITE[op], left, right))
        case IsNull(inner):
            return f"{in_words(inner)} is there"
        case Among(inner, values):
            return f"{in_words(inner)} is none of {', '.join(map(_value, values))}"
        case Some(link, where):
            return f"none of its `{link}` has that {_part(where)}"
        case Not(inner):
            return in_words(inner)
        case Ref() | Along():
            return f"{in_words(item)} is false"
        case _:
            return f"not ({in_words(item)})"


def _changing(node: Changing) -> str:
    before, after = (
        "" if ends is None else f" {word} {' or '.join(map(in_words, ends))}"
        for word, ends in (("from", node.before), ("to", node.after))
    )
    return f"{in_words(node.item)} is changed{before}{after}"


def _aggregate(node: Aggregate) -> str:
    where = "" if node.where is None else f" of which {in_words(node.where)}"
    if node.fold is Fold.COUNT:
        return f"the number of its `{node.link}`{where}"
    if node.fold is Fold.EXISTS:
        return f"there are `{node.link}`{where}"
    of = "them" if node.of is None else in_words(node.of)
    return f"the {FOLDS.get(node.fold, 'list')} {of} of its `{node.link}`{where}"


def _value(value: object) -> str:
    plain = getattr(value, "value", value)
    return "nothing" if plain is None else f"`{plain}`"
