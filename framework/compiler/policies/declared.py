"""Every condition of who may what, by where it was declared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from framework.errors import Source
from framework.expr.nodes import Node
from framework.spec.resource import ResourceSpec


@dataclass(frozen=True, slots=True)
class DeclaredCondition:
    """A condition: its path in the declaration, and where it was said."""

    path: str
    source: Source
    node: Node


def without_a_call(spec: ResourceSpec) -> Iterator[DeclaredCondition]:
    """The conditions that are about a record and who asks alone: base filters, and who may read a field."""
    for filtered in spec.base.values():
        yield DeclaredCondition(f"{spec.name}.base.{filtered.name}", filtered.source, filtered.condition.node)
    for policy in spec.field_policies.values():
        for condition in policy.readable:
            yield DeclaredCondition(policy.path, policy.source, condition.node)
