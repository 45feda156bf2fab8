"""Puts what is known at the time of a call into an expression: arguments and facts about the actor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from framework.context import Context
from framework.errors import Invalid
from framework.expr.nodes import ActorFact, Arg, Node, Value, rewrite
from framework.expr.reduce import reduced
from framework.expr.scopes import WrongRecord, settled


def rooted_at(node: Node, record: type) -> Node:
    """The expression as seen from a record of the class; raises Invalid where it speaks of another resource."""
    try:
        return settled(node, record)
    except WrongRecord as error:
        raise Invalid(str(error), code="wrong_record") from None


def bind(node: Node, arguments: Mapping[str, Any], context: Context) -> Node:
    """The expression with nothing left to ask of the call, and what that decides decided; what is not known is None."""

    def known(part: Node) -> Node | None:
        match part:
            case Arg(name):
                return Value(arguments.get(name))
            case ActorFact(name):
                return Value(_fact(name, context))
        return None

    return reduced(rewrite(node, known))


def _fact(name: str, context: Context) -> Any:
    """Who the actor is cannot be told otherwise by what is known about them."""
    if context.actor is None:
        return None
    return {**context.actor.facts, "id": context.actor.id, "kind": context.actor.kind}.get(name)
