"""The condition of a query, held to the types of what it speaks of before a statement is sent."""

from __future__ import annotations

from collections.abc import Mapping

from framework.errors import Invalid, Issue
from framework.expr.bind import rooted_at
from framework.expr.nodes import Node
from framework.spec.action import ArgumentSpec
from framework.spec.domain import DomainSpec
from framework.spec.inference import Inference
from framework.spec.resource import ResourceSpec

NONE: Mapping[str, ArgumentSpec] = {}


def typed_condition(
    condition: Node, resource: ResourceSpec, domain: DomainSpec, arguments: Mapping[str, ArgumentSpec] = NONE
) -> Node:
    """The condition as seen from a record of the resource; raises Invalid where it speaks of another one, or of what is
    not there, or compares what cannot be compared.

    Those of a declaration were looked at when it was compiled; this one was made by whoever asks.
    """
    seen = rooted_at(condition, resource.record)
    wrong: list[Issue] = []

    def object_to(says: str, hint: str | None = None) -> None:
        wrong.append(Issue("wrong_condition", says, hint=hint))

    types = {name: argument.type for name, argument in arguments.items()}
    Inference(domain, types, object_to).condition(seen, (resource,))
    if wrong:
        raise Invalid.of(wrong)
    return seen
