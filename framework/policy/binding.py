"""Putting what a call knows into a condition, fast: only the parts that depend on it are made anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import partial
from typing import Any

from framework.context import Context
from framework.expr.asked import Given, Gives
from framework.expr.nodes import FALSE, TRUE, Among, Compare, Node, Value
from framework.expr.reduce import UNKNOWN, of_reduced, reduced
from framework.policy.facts import TypedFact

NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Known:
    """What is known when a call is decided: the facts about its actor, and what it gives."""

    facts: Mapping[str, Any]
    given: Mapping[str, Any]

    @classmethod
    def of(cls, context: Context, given: Mapping[str, Any] = NOTHING) -> Known:
        """Who the actor is cannot be told otherwise by what is known about them; a stranger has no facts."""
        actor = context.actor
        facts = NOTHING if actor is None else {**actor.facts, "id": actor.id, "kind": actor.kind}
        return cls(facts, given)


Bound = Callable[[Known], Node]


def binder(node: Node) -> Bound:
    """What gives the condition for each call, bound and reduced."""
    made = _prepared(node)
    return made if isinstance(made, partial) else partial(_constant, made)


def _constant(node: Node, _: Known) -> Node:
    return node


def _prepared(node: Node) -> Node | partial[Node]:
    """The node itself, reduced, where it is the same for every call."""
    match node:
        case TypedFact():
            return partial(_fact, node)
        case Given(name):
            return partial(_given, name)
        case Gives(name):
            return partial(_gives, name)
    parts = tuple(_part(getattr(node, part.name)) for part in fields(node))
    return partial(_made, type(node), parts) if _depends(parts) else reduced(node)


def _part(value: Any) -> Any:
    """A part of a node: itself, or what makes it for a call."""
    if isinstance(value, Node):
        return _prepared(value)
    if isinstance(value, tuple) and value and isinstance(value[0], Node):
        items = tuple(map(_prepared, value))
        return partial(_all, items) if _depends(items) else items
    return value


def _depends(parts: tuple[Any, ...]) -> bool:
    return any(isinstance(part, partial) for part in parts)


def _fact(fact: TypedFact, known: Known) -> Node:
    return Value(fact.known(known.facts))


def _given(name: str, known: Known) -> Node:
    return Value(known.given.get(name))


def _gives(name: str, known: Known) -> Node:
    return TRUE if name in known.given else FALSE


def _all(items: tuple[Any, ...], known: Known) -> tuple[Node, ...]:
    return tuple(item(known) if isinstance(item, partial) else item for item in items)


def _made(kind: type[Node], parts: tuple[Any, ...], known: Known) -> Node:
    node = of_reduced(kind(*_all(parts, known)))
    match node:
        # What cannot be compared is not the store's to refuse: a rule that cannot be decided refuses by itself.
        case Compare(_, Value(), Value()) | Among(Value()):
            return UNKNOWN
    return node
