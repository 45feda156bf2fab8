"""Every expression of a resource, by where it was declared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from framework.errors import Source
from framework.expr.nodes import Node, Ref
from framework.spec.attribute import ExclusionSpec, IdentitySpec
from framework.spec.resource import ResourceSpec
from framework.types.type import Type


@dataclass(frozen=True, slots=True)
class DeclaredExpression:
    """An expression: its path in the declaration, where it was said, and the arguments it may speak of."""

    path: str
    source: Source
    node: Node
    arguments: Mapping[str, Type] = field(default_factory=dict)


def filters(spec: ResourceSpec) -> Iterator[DeclaredExpression]:
    """The conditions that narrow what a read finds, or what is removed."""
    if spec.retention is not None and spec.retention.where is not None:
        said = spec.retention
        yield DeclaredExpression(f"{spec.name}.{said.name}.where", said.source, spec.retention.where)
    for action in spec.actions.values():
        if action.filter is not None:
            arguments = {name: argument.type for name, argument in action.arguments.items()}
            yield DeclaredExpression(f"{spec.name}.{action.name}.where", action.source, action.filter, arguments)


def rules(spec: ResourceSpec) -> Iterator[DeclaredExpression]:
    """The conditions that the database upholds, on one record at a time."""
    for check in spec.checks.values():
        yield DeclaredExpression(f"{spec.name}.{check.name}", check.source, check.node)
    yield from rules_of_indexes(spec)


def rules_of_indexes(spec: ResourceSpec) -> Iterator[DeclaredExpression]:
    """The conditions that say which records an identity or index is of."""
    for identity in spec.identities.values():
        if identity.where is not None:
            yield DeclaredExpression(f"{spec.name}.{identity.name}.where", identity.source, identity.where)
    for index in spec.indexes:
        if index.where is not None:
            yield DeclaredExpression(f"{spec.name}.index.where", index.source, index.where)
    for exclusion in spec.exclusions.values():
        if exclusion.where is not None:
            yield DeclaredExpression(f"{spec.name}.{exclusion.name}.where", exclusion.source, exclusion.where)


def computed(spec: ResourceSpec) -> Iterator[DeclaredExpression]:
    """What stored calculations are worked out by."""
    for attribute in spec.attributes.values():
        if attribute.computed is not None:
            yield DeclaredExpression(f"{spec.name}.{attribute.name}", attribute.source, attribute.computed)


def worked_out(spec: ResourceSpec) -> Iterator[DeclaredExpression]:
    """What an identity, exclusion or index is of, where that is no attribute as it is."""
    together: tuple[IdentitySpec | ExclusionSpec, ...] = (*spec.identities.values(), *spec.exclusions.values())
    for rule in together:
        for part in rule.parts:
            if not isinstance(part, Ref):
                yield DeclaredExpression(f"{spec.name}.{rule.name}", rule.source, part)
    for index in spec.indexes:
        for ordered in index.parts:
            if not isinstance(ordered.node, Ref):
                yield DeclaredExpression(f"{spec.name}.index", index.source, ordered.node)
