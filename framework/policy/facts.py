"""Facts about the actor, each as the type of value that it is compared with.

A fact is whatever somebody put there. One of another type than what it meets is unknown, as one that is not there: it
refuses, and no store is ever asked to compare it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import Enum
from functools import partial
from typing import Any
from uuid import UUID

from framework.expr.asked import Given
from framework.expr.comparing import UUID_TEXT
from framework.expr.nodes import (
    ActorFact,
    Aggregate,
    Along,
    Among,
    Call,
    Case,
    Combine,
    Compare,
    Function,
    Match,
    Node,
    Not,
    Outer,
    Some,
)
from framework.spec.action import ActionSpec
from framework.spec.domain import DomainSpec
from framework.spec.given import types_given
from framework.spec.inference import Inference, Scopes
from framework.spec.type_rules import BOOLEAN, TEXT, type_of_value
from framework.types.type import UNLIMITED, Kind, Type

NOTHING: Mapping[str, Type | None] = {}
# What the parts of these are, whatever stands beside them.
ALWAYS: Mapping[type[Node], Mapping[str, Type | None]] = {
    Match: {"item": TEXT, "pattern": TEXT},
    Call: {"args": TEXT},
    Combine: {"items": BOOLEAN},
    Not: {"item": BOOLEAN},
    Some: {"where": BOOLEAN},
    Aggregate: {"where": BOOLEAN},
}


@dataclass(frozen=True, slots=True)
class TypedFact(Node):
    """A fact about the actor that is known only if it is of the type; of any, where that is None."""

    name: str
    type: Type | None

    def known(self, facts: Mapping[str, Any]) -> Any:
        """The fact as a value of its type; None where there is none."""
        value, kind = facts.get(self.name), self.type
        if value is None or kind is None or type(value) is kind.python:
            return value
        if isinstance(value, Enum) and kind.kind is not Kind.ENUM:
            value = value.value
        if isinstance(value, UUID) and kind.kind is Kind.STRING:
            return str(value)
        if kind.kind is Kind.UUID and isinstance(value, str):
            return UUID(value) if UUID_TEXT.fullmatch(value) else None
        return kind.cast(value)[0]


def with_typed_facts(node: Node, action: ActionSpec | None, scopes: Scopes, domain: DomainSpec) -> Node:
    """The condition, seen from the record of `scopes`, with every fact as what it is compared with."""
    given = {} if action is None else types_given(action, scopes[0])
    return _typed(node, BOOLEAN, scopes, _Types(domain, given))


@dataclass(frozen=True, slots=True)
class _Types:
    domain: DomainSpec
    given: Mapping[str, Type]

    def of(self, node: Node, scopes: Scopes) -> Type | None:
        """The type of an expression without its limits; None where it can be any."""
        if isinstance(node, Given):
            found = self.given.get(node.name)
        else:
            inferred = Inference(self.domain, {}).infer(node, scopes)
            found = None if inferred.kind is None else inferred.type
        if found is None or found.kind is Kind.JSON:
            return None
        return replace(found, limits=UNLIMITED, nullable=False)


def _typed(node: Node, wanted: Type | None, scopes: Scopes, types: _Types) -> Node:
    if isinstance(node, ActorFact):
        return TypedFact(node.name, wanted)
    expected, inside = _expected(node, wanted, scopes, types), _beyond(node, scopes, types.domain)
    updates: dict[str, Any] = {}
    for part in fields(node):
        value, into = getattr(node, part.name), partial(_typed, wanted=expected.get(part.name), scopes=inside)
        if isinstance(value, Node):
            updates[part.name] = into(value, types=types)
        elif isinstance(value, tuple) and value and isinstance(value[0], Node):
            updates[part.name] = tuple(into(item, types=types) for item in value)
    return replace(node, **updates) if updates else node


def _expected(node: Node, wanted: Type | None, scopes: Scopes, types: _Types) -> Mapping[str, Type | None]:
    """What each part of a node has to be, if it is a fact."""
    match node:
        case Compare(_, left, right):
            return {"left": types.of(right, scopes), "right": types.of(left, scopes)}
        case Case():
            return {"when": BOOLEAN, "then": wanted, "otherwise": wanted}
        case Among(_, values):
            return {"item": next((type_of_value(value) for value in values if value is not None), None)}
        case Call(Function.COALESCE, args):
            return {"args": wanted or next(filter(None, (types.of(arg, scopes) for arg in args)), None)}
        case Along() | Outer():
            return {"inner": wanted}
        case _:
            return ALWAYS.get(type(node), NOTHING)


def _beyond(node: Node, scopes: Scopes, domain: DomainSpec) -> Scopes:
    """Where the parts of a node are seen from; what leads nowhere was objected to."""
    match node:
        case Outer(steps, _):
            return (scopes[steps], *scopes)
        case Along(link=name) | Some(link=name) | Aggregate(link=name):
            return (domain.resources[scopes[0].relationships[name].target], *scopes)
        case _:
            return scopes
